import type { RecoveredRole } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import { formatBallot } from '../../consensus/ballot.js';
import { recoverAcceptor } from '../../consensus/multi-paxos/acceptor-log.js';
import type { LeaderMessage } from '../../consensus/multi-paxos/messages.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { isBelow } from './ballots.js';

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
  promised: string | undefined;
  /** The highest ballot that it voted at, by slot. */
  readonly votes: Map<number, string>;
}

class DurableReply implements Observer {
  readonly #acceptors = new Map<string, Told>();

  constructor(private readonly report: Report) {}

  received({ from: { node }, message }: Envelope): void {
    const heard = message as LeaderMessage;
    if (heard.kind !== 'promise' && heard.kind !== 'accepted' && heard.kind !== 'heard') return;
    const told = this.#told(node);
    const ballot = formatBallot(heard.ballot);
    if (told.promised === undefined || isBelow(told.promised, ballot)) told.promised = ballot;
    if (heard.kind !== 'accepted') return;
    for (let slot = heard.first; slot < heard.first + heard.count; slot++) {
      const voted = told.votes.get(slot);
      if (voted === undefined || isBelow(voted, ballot)) told.votes.set(slot, ballot);
    }
  }

  recovered({ node, role }: Address, recovered: RecoveredRole): void {
    if (role !== 'acceptor') return;
    const told = this.#told(node);
    const { promised, log } = recoverAcceptor(recovered);
    if (told.promised !== undefined && isBelow(formatBallot(promised), told.promised))
      this.report(`${node} told of ballot ${told.promised}, and its next life begins with ${formatBallot(promised)}`);
    const votes = new Map<number, string>();
    for (const vote of log.votes) votes.set(vote.slot, formatBallot(vote.ballot));
    for (const [slot, ballot] of told.votes) {
      const voted = votes.get(slot);
      if (slot < log.truncatedBelow) told.votes.delete(slot);
      else if (voted === undefined || isBelow(voted, ballot))
        this.report(`${node} told of a vote in slot ${slot} at ballot ${ballot}, and its next life begins without it`);
    }
  }

  traced(node: string, { event, ballot }: TraceEvent): void {
    if ((event !== 'promise' && event !== 'vote') || typeof ballot !== 'string') return;
    const { promised } = this.#told(node);
    if (promised !== undefined && isBelow(ballot, promised))
      this.report(`${node}: a ${event} at ballot ${ballot}, after it told of ${promised}`);
  }

  #told(node: string): Told {
    let told = this.#acceptors.get(node);
    if (told === undefined) this.#acceptors.set(node, (told = { promised: undefined, votes: new Map() }));
    return told;
  }
}
