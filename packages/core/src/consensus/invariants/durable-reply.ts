import type { RecoveredRole } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { type Ballot, compareBallots, compareSteps, formatBallot, NO_BALLOT, type Step } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { ConsensusEvent } from '../trace-events.js';
import { AcceptorSets } from './acceptor-sets.js';
import type { Testimony } from './testimony.js';
import { VoteHistory } from './vote-history.js';

/**
 * DurableReply (docs/protocols.md §10 and §11): what an acceptor was heard to promise, or to have voted for, it truly did, and every
 * later life of it begins with, unless it never promises or votes in that life: so an old copy of its data, put back, harms nobody if
 * it is refused. A disk that was lost is excused; that its node never votes again is for VoteGuard to see.
 */
export const durableReply = (quorum: QuorumSystem, testimony: Testimony): Invariant => ({
  name: 'DurableReply',
  overhears: testimony.hearers,
  recalls: [testimony.acceptor],
  watch: (report) => new DurableReply(new VoteHistory(new AcceptorSets(quorum)), testimony, report),
});

/** What an acceptor was heard to say. */
interface Said {
  /** The highest ballot that it ever promised or voted at, heard or not, and through all crashes. */
  made: Ballot;
  /** The highest ballot that it promised or voted at. */
  promised: Ballot;
  /** By slot, the highest ballot that it voted at. */
  readonly votes: (Step | undefined)[];
  /** What is below it had truncated when its present life began. */
  below: number;
}

class DurableReply implements Observer {
  readonly traces = ['promise', 'vote', 'truncate'];
  readonly hears: readonly string[];
  readonly #said = new Map<string, Said>();
  readonly #lost = new Set<string>();
  /** What the present life of an acceptor did not begin with, in words. */
  readonly #missing = new Map<string, string>();

  constructor(
    /** All votes ever cast, also those that a crash took back. */
    private readonly history: VoteHistory,
    private readonly testimony: Testimony,
    private readonly report: Report,
  ) {
    this.hears = testimony.kinds;
  }

  received({ from: { node }, message }: Envelope): void {
    const told = this.testimony.told(message);
    if (told === undefined) return;
    const { ballot, first, count } = told;
    const said = this.#of(node);
    if (compareBallots(ballot, said.promised) > 0) said.promised = ballot;
    if (compareBallots(ballot, said.made) > 0)
      this.report(`${node} told of ballot ${formatBallot(ballot)}, and never promised more than ${formatBallot(said.made)}`);
    if (first === undefined || count === undefined) return;
    for (let slot = Math.max(first, said.below); slot < first + count; slot++) {
      if (slot >= this.history.below && this.history.tell(node, ballot, slot) === undefined)
        this.report(`${node} told of a vote in slot ${slot} at ballot ${formatBallot(ballot)} that it never cast`);
      const voted = said.votes[slot];
      if (voted === undefined || compareSteps(ballot, voted) > 0) said.votes[slot] = ballot;
    }
  }

  wiped(node: string): void {
    this.#lost.add(node);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    switch (event.event) {
      case 'truncate':
        this.history.truncated(node, event.below);
        break;
      case 'promise':
        this.#speaks(node, `promises at ${formatBallot(event.ballot)}`);
        this.#make(node, event.ballot);
        break;
      case 'vote':
        this.#speaks(node, `votes at ${formatBallot(event.ballot)}`);
        this.#make(node, event.ballot);
        this.history.vote(node, event);
        break;
    }
  }

  #make(node: string, ballot: Ballot): void {
    const said = this.#of(node);
    if (compareBallots(ballot, said.made) > 0) said.made = ballot;
  }

  recovered({ node, role }: Address, recovered: RecoveredRole): void {
    if (role !== this.testimony.acceptor || this.#lost.has(node)) return;
    this.#missing.delete(node);
    const said = this.#of(node);
    const { promised, votes, truncatedBelow } = this.testimony.began(recovered);
    if (compareBallots(promised, said.promised) < 0)
      this.#missing.set(
        node,
        `${node} told of ballot ${formatBallot(said.promised)}, and its next life begins with ${formatBallot(promised)}`,
      );
    const found = new Map<number, Step>();
    for (const { slot, ballot } of votes) found.set(slot, ballot);
    // What it had forgotten in the life before counts only if it knows that it had: else those slots would look free.
    said.below = Math.max(said.below, truncatedBelow);
    for (let slot = said.below; slot < said.votes.length; slot++) {
      const ballot = said.votes[slot] ?? NO_BALLOT;
      if (compareSteps(found.get(slot) ?? NO_BALLOT, ballot) < 0)
        this.#missing.set(
          node,
          `${node} told of a vote in slot ${slot} at ballot ${formatBallot(ballot)}, and its next life begins without it`,
        );
    }
  }

  converged(): void {
    for (const node of this.#missing.keys()) this.#speaks(node, 'takes part');
  }

  #speaks(node: string, how: string): void {
    const missing = this.#missing.get(node);
    if (missing !== undefined) this.report(`${missing}; yet it ${how}`);
  }

  #of(node: string): Said {
    let said = this.#said.get(node);
    if (said === undefined) this.#said.set(node, (said = { made: NO_BALLOT, promised: NO_BALLOT, votes: [], below: 0 }));
    return said;
  }
}
