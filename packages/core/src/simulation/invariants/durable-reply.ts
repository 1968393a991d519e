import type { RecoveredRole } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import { type Ballot, compareBallots, formatBallot } from '../../consensus/ballot.js';
import { recoverAcceptor } from '../../consensus/multi-paxos/acceptor-log.js';
import type { LeaderMessage } from '../../consensus/multi-paxos/messages.js';
import type { ConsensusEvent } from '../../consensus/trace-events.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';

/**
 * DurableReply, and PromiseMonotone across restarts (protocols.md §10 and §11): what an acceptor was heard to promise or to vote
 * binds it in all its lives. Each later life begins with it, and none promises or votes below it. Sees acceptors and leaders that
 * are overheard.
 */
export const durableReply: Invariant = {
  name: 'DurableReply',
  overhears: ['leader', 'acceptor'],
  watch: (report) => new DurableReply(report),
};

/** What an acceptor was heard to say. */
interface Told {
  /** The highest ballot that it promised or voted at. */
  promised: Ballot | undefined;
  /** The highest ballot that it voted at, by slot. */
  readonly votes: Map<number, Ballot>;
}

class DurableReply implements Observer {
  readonly #acceptors = new Map<string, Told>();

  constructor(private readonly report: Report) {}

  received({ from: { node }, message }: Envelope): void {
    const heard = message as LeaderMessage;
    if (heard.kind !== 'promise' && heard.kind !== 'accepted' && heard.kind !== 'heard') return;
    const told = this.#told(node);
    const { ballot } = heard;
    if (told.promised === undefined || compareBallots(told.promised, ballot) < 0) told.promised = ballot;
    if (heard.kind !== 'accepted') return;
    for (let slot = heard.first; slot < heard.first + heard.count; slot++) {
      const voted = told.votes.get(slot);
      if (voted === undefined || compareBallots(voted, ballot) < 0) told.votes.set(slot, ballot);
    }
  }

  recovered({ node, role }: Address, recovered: RecoveredRole): void {
    if (role !== 'acceptor') return;
    const told = this.#told(node);
    const { promised, log } = recoverAcceptor(recovered);
    if (told.promised !== undefined && compareBallots(promised, told.promised) < 0)
      this.report(`${node} told of ballot ${formatBallot(told.promised)}, and its next life begins with ${formatBallot(promised)}`);
    const votes = new Map<number, Ballot>();
    for (const vote of log.votes) votes.set(vote.slot, vote.ballot);
    for (const [slot, ballot] of told.votes) {
      const voted = votes.get(slot);
      if (slot < log.truncatedBelow) told.votes.delete(slot);
      else if (voted === undefined || compareBallots(voted, ballot) < 0)
        this.report(`${node} told of a vote in slot ${slot} at ballot ${formatBallot(ballot)}, and its next life begins without it`);
    }
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event !== 'promise' && event.event !== 'vote') return;
    const { ballot } = event;
    const { promised } = this.#told(node);
    if (promised !== undefined && compareBallots(ballot, promised) < 0)
      this.report(`${node}: a ${event.event} at ballot ${formatBallot(ballot)}, after it told of ${formatBallot(promised)}`);
  }

  #told(node: string): Told {
    let told = this.#acceptors.get(node);
    if (told === undefined) this.#acceptors.set(node, (told = { promised: undefined, votes: new Map() }));
    return told;
  }
}
