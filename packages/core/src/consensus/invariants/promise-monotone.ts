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
 * PromiseMonotone (Lamport, Paxos Made Simple, §2.2, P1a; docs/protocols.md §11): what an acceptor has promised never becomes
 * lower, across all its lives; a vote is a promise. A promise that nobody heard may be lost in a crash. A life that begins with less
 * than was heard promises nothing: its data is an old copy. Nor does an acceptor whose disk was lost after it was heard
 * (docs/protocols.md §10).
 */
export const promiseMonotone = (testimony: Testimony): Invariant => ({
  name: 'PromiseMonotone',
  overhears: testimony.hearers,
  recalls: [testimony.acceptor],
  watch: (report) => new PromiseMonotone(new Promises(testimony), report),
});

class PromiseMonotone implements Observer {
  readonly traces = ['promise', 'vote'];
  readonly hears: readonly string[];
  /** Who began its present life with less than was heard, in words. */
  readonly #less = new Map<string, string>();

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
    const memory = this.promises.begin(actor, recovered);
    if (memory === undefined) return;
    this.#less.delete(actor.node);
    const { told, lost } = this.promises.of(actor.node);
    if (lost || compareBallots(memory.promised, told) >= 0) return;
    const began = `begins again having promised ${formatBallot(memory.promised)}`;
    this.#less.set(actor.node, `${actor.node} told of ballot ${formatBallot(told)}, and ${began}`);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event !== 'promise' && event.event !== 'vote') return;
    const { ballot } = event;
    const less = this.#less.get(node);
    if (less !== undefined) this.report(`${less}; yet it ${event.event}s at ${formatBallot(ballot)}`);
    const bound = this.promises.of(node);
    if (event.event === 'promise') {
      const { promised, told, lost } = bound;
      if (lost)
        this.report(`${node} promises ${formatBallot(ballot)}, though its disk was lost after it had told of ${formatBallot(told)}`);
      else if (compareBallots(ballot, promised) < 0)
        this.report(`${node} promises ${formatBallot(ballot)}, after it had promised ${formatBallot(promised)}`);
    }
    this.promises.raise(bound, ballot);
  }
}
