import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import { formatBallot } from '../../consensus/ballot.js';
import type { LeaderMessage } from '../../consensus/multi-paxos/messages.js';
import { majority, type QuorumSystem } from '../../consensus/quorum.js';
import type { ConsensusEvent } from '../../consensus/trace-events.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { describeEntry, digestEntry } from './entries.js';

/**
 * LearnSound (Lamport, Paxos Made Simple, §2.3; protocols.md §11): what a learner executes was chosen before, by the votes of a
 * majority of `acceptors` at one ballot, and nothing else is ever chosen there. A vote counts from when a leader hears of it; so
 * leaders must be overheard.
 */
export const learnSound = (acceptors: readonly string[]): Invariant => ({
  name: 'LearnSound',
  overhears: ['leader'],
  watch: (report) => new LearnSound(majority(acceptors), report),
});

/** What a ballot proposes in a slot, and whose votes for it were heard. */
interface Proposal {
  readonly digest: number;
  readonly voters: Set<string>;
}

class LearnSound implements Observer {
  readonly #ballots = new Map<string, Map<number, Proposal>>();
  /** By slot, the digest of what was chosen. */
  readonly #chosen = new Map<number, number>();

  constructor(
    private readonly quorum: QuorumSystem,
    private readonly report: Report,
  ) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'vote') {
      const { ballot, first, entries } = event;
      const proposals = this.#proposals(formatBallot(ballot));
      for (const [i, entry] of entries.entries())
        if (!proposals.has(first + i)) proposals.set(first + i, { digest: digestEntry(entry), voters: new Set() });
    } else if (event.event === 'apply') {
      const { slot, entry } = event;
      if (this.#chosen.get(slot) !== digestEntry(entry))
        this.report(`${node} executed ${describeEntry(entry)} in slot ${slot}, where it was not chosen`);
    }
  }

  received({ from, message }: Envelope): void {
    const heard = message as LeaderMessage;
    if (heard.kind !== 'accepted') return;
    const proposals = this.#proposals(formatBallot(heard.ballot));
    for (let slot = heard.first; slot < heard.first + heard.count; slot++) {
      const proposal = proposals.get(slot);
      if (proposal === undefined) continue;
      proposal.voters.add(from.node);
      if (this.quorum.isPhase2(proposal.voters)) this.#choose(slot, proposal.digest);
    }
  }

  #choose(slot: number, digest: number): void {
    const chosen = this.#chosen.get(slot);
    if (chosen === undefined) this.#chosen.set(slot, digest);
    else if (chosen !== digest) this.report(`in slot ${slot} two entries were chosen`);
  }

  #proposals(ballot: string): Map<number, Proposal> {
    let proposals = this.#ballots.get(ballot);
    if (proposals === undefined) this.#ballots.set(ballot, (proposals = new Map()));
    return proposals;
  }
}
