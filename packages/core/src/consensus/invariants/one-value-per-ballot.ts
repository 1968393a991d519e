import type { TraceEvent } from '../../actor/effect.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { formatBallot, sameStep } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { ConsensusEvent } from '../trace-events.js';
import { AcceptorSets } from './acceptor-sets.js';
import { describeEntry, digestsOf } from './entries.js';
import { type Proposal, VoteHistory } from './vote-history.js';

/**
 * OneValuePerBallot (Lamport, Paxos Made Simple, §2.2; docs/protocols.md §11): a ballot proposes at most one value for a slot, over
 * all of history, and what acceptors vote for at that ballot is that value. Steps before the owner's own may have several.
 */
export const oneValuePerBallot = (quorum: QuorumSystem): Invariant => ({
  name: 'OneValuePerBallot',
  watch: (report) => new OneValuePerBallot(new VoteHistory(new AcceptorSets(quorum)), report),
});

class OneValuePerBallot implements Observer {
  readonly traces = ['propose', 'vote', 'truncate'];
  constructor(
    private readonly history: VoteHistory,
    private readonly report: Report,
  ) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'truncate') return this.history.truncated(node, event.below);
    if (event.event !== 'propose' && event.event !== 'vote') return;
    const { ballot, first, entries } = event;
    if ((ballot.step ?? 0) < 0) return;
    const digests = digestsOf(entries);
    for (const [i, entry] of entries.entries()) {
      const [slot, digest] = [first + i, digests[i] as number];
      if (this.history.find(ballot, slot, entry, digest) !== undefined) continue;
      const one = this.history.add(node, ballot, slot, entry, digest);
      for (const other of this.history.in(slot)) if (other !== one && sameStep(other.ballot, ballot)) this.#contradicts(slot, other, one);
    }
  }

  #contradicts(slot: number, one: Proposal, other: Proposal): void {
    this.report(
      `ballot ${formatBallot(one.ballot)}, slot ${slot}: ${one.node} has ${describeEntry(one.entry)}, ${other.node} ${describeEntry(other.entry)}`,
    );
  }
}
