import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import type { QuorumSystem } from '../quorum.js';
import type { ConsensusEvent } from '../trace-events.js';
import { AcceptorSets } from './acceptor-sets.js';
import { describeEntry, digestOnce } from './entries.js';
import type { Testimony } from './testimony.js';
import { VoteHistory } from './vote-history.js';

/**
 * LearnSound (Lamport, Paxos Made Simple, §2.3; docs/protocols.md §11): what a learner executes was chosen before, by the votes of
 * a phase-2 quorum at one ballot. A vote counts from when somebody hears of it.
 */
export const learnSound = (quorum: QuorumSystem, testimony: Testimony): Invariant => ({
  name: 'LearnSound',
  overhears: testimony.hearers,
  watch: (report) => new LearnSound(new VoteHistory(new AcceptorSets(quorum)), testimony, report),
});

class LearnSound implements Observer {
  readonly traces = ['vote', 'apply', 'truncate'];
  readonly hears: readonly string[];
  /** By slot, the digest of what was chosen. Kept for good: a learner may be behind what acceptors have forgotten. */
  readonly #chosen: number[] = [];

  constructor(
    private readonly history: VoteHistory,
    private readonly testimony: Testimony,
    private readonly report: Report,
  ) {
    this.hears = testimony.kinds;
  }

  received({ from, message }: Envelope): void {
    const told = this.testimony.told(message);
    if (told === undefined) return;
    this.history.hear(from.node, told, (slot, { ballot, told, digest }) => {
      if (this.history.acceptors.isPhase2(told, ballot)) this.#chosen[slot] ??= digest;
    });
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    switch (event.event) {
      case 'truncate':
        this.history.truncated(node, event.below);
        break;
      case 'vote':
        this.history.vote(node, event);
        break;
      case 'apply': {
        const { slot, entry } = event;
        if (this.#chosen[slot] !== digestOnce(entry))
          this.report(`${node} executed ${describeEntry(entry)} in slot ${slot}, where it was not chosen`);
        break;
      }
    }
  }
}
