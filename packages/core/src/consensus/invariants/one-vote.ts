import type { RecoveredRole } from '../../actor/actor.js';
import type { Address } from '../../actor/address.js';
import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import { formatBallot, sameStep } from '../ballot.js';
import type { QuorumSystem } from '../quorum.js';
import type { ConsensusEvent } from '../trace-events.js';
import { AcceptorSets } from './acceptor-sets.js';
import { describeEntry } from './entries.js';
import type { Testimony } from './testimony.js';
import { VoteHistory } from './vote-history.js';

/**
 * OneVote (Lamport, The Part-Time Parliament, §2.1; docs/protocols.md §11): an acceptor votes at a ballot for one value in a slot at
 * most, in all its lives. A vote that a crash took back before anybody heard of it was none.
 */
export const oneVote = (quorum: QuorumSystem, testimony: Testimony): Invariant => ({
  name: 'OneVote',
  overhears: testimony.hearers,
  recalls: [testimony.acceptor],
  watch: (report) => new OneVote(new VoteHistory(new AcceptorSets(quorum)), testimony, report),
});

class OneVote implements Observer {
  readonly traces = ['vote', 'truncate'];
  readonly hears: readonly string[];
  constructor(
    private readonly history: VoteHistory,
    private readonly testimony: Testimony,
    private readonly report: Report,
  ) {
    this.hears = testimony.kinds;
  }

  received({ from, message }: Envelope): void {
    const told = this.testimony.told(message);
    if (told !== undefined) this.history.hear(from.node, told);
  }

  recovered({ node, role }: Address, recovered: RecoveredRole): void {
    if (role === this.testimony.acceptor) this.history.began(node, this.testimony.began(recovered));
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'truncate') return this.history.truncated(node, event.below);
    if (event.event !== 'vote') return;
    const { ballot } = event;
    const voter = this.history.acceptors.only(node);
    this.history.vote(node, event, (slot, vote) => {
      const proposals = this.history.in(slot);
      if (proposals.length === 1) return;
      for (const other of proposals)
        if (other !== vote && (other.votes & voter) !== 0 && sameStep(other.ballot, ballot))
          this.report(
            `${node} voted in slot ${slot} at ballot ${formatBallot(ballot)} for ${describeEntry(other.entry)}, and then for ${describeEntry(vote.entry)}`,
          );
    });
  }
}
