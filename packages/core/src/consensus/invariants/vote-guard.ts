import type { RecoveredRole } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { compareBallots, formatBallot } from '../ballot.js';
import type { ConsensusEvent } from '../trace-events.js';
import { Promises } from './promises.js';
import type { Testimony } from './testimony.js';

/**
 * VoteGuard (Lamport, Paxos Made Simple, §2.2, P1a; docs/protocols.md §11): an acceptor never votes below what it has promised, in
 * this life or, if anybody heard of it, in an earlier one. One whose disk was lost after it was heard never votes again
 * (docs/protocols.md §10).
 */
export const voteGuard = (testimony: Testimony): Invariant => ({
  name: 'VoteGuard',
  overhears: testimony.hearers,
  recalls: [testimony.acceptor],
  watch: (report) => new VoteGuard(new Promises(testimony), report),
});

class VoteGuard implements Observer {
  readonly traces = ['promise', 'vote'];
  readonly hears: readonly string[];
  constructor(
    private readonly promises: Promises,
    private readonly report: Report,
  ) {
    this.hears = promises.testimony.kinds;
  }

  received(envelope: Envelope): void {
    this.promises.hear(envelope);
  }

  wiped(node: string): void {
    this.promises.wipe(node);
  }

  recovered(actor: Address, recovered: RecoveredRole): void {
    this.promises.begin(actor, recovered);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event !== 'promise' && event.event !== 'vote') return;
    const { ballot } = event;
    const bound = this.promises.of(node);
    if (event.event === 'vote') {
      const { promised, told, lost } = bound;
      if (lost)
        this.report(`${node} votes at ${formatBallot(ballot)}, though its disk was lost after it had told of ${formatBallot(told)}`);
      else if (compareBallots(ballot, promised) < 0)
        this.report(`${node} votes at ${formatBallot(ballot)}, after it had promised ${formatBallot(promised)}`);
    }
    this.promises.raise(bound, ballot);
  }
}
