import type { RecoveredRole } from '../../../actor/actor.js';
import type { Address } from '../../../actor/address.js';
import type { TraceEvent } from '../../../actor/effect.js';
import type { Invariant, Observer, Report } from '../../../wiring/observer.js';
import type { ConsensusEvent } from '../../trace-events.js';
import type { Placement } from '../placement.js';

/**
 * GCSound (van Renesse and Altinbuken, Paxos Made Moderately Complex, §4.2; docs/protocols.md §11): what an acceptor has forgotten is
 * in the durable snapshots of as many learners as the placement asks for, and in one that can be had now. A snapshot holds what was
 * executed, and LearnSound sees to it that this was chosen. A disk that was lost, or is an older copy of itself, takes its snapshot
 * with it, but not what its learner had truly said before: that loss is one of those that the others make up for.
 */
export const gcSound = ({ snapshots }: Pick<Placement, 'snapshots'>): Invariant => ({
  name: 'GCSound',
  recalls: ['learner'],
  watch: (report) => new GCSound(snapshots, report),
});

class GCSound implements Observer {
  readonly traces = ['snapshotted', 'truncate'];
  /** By node, everything below is in a snapshot that was durable at some time, and in the one that is. */
  readonly #ever = new Map<string, number>();
  readonly #held = new Map<string, number>();

  constructor(
    private readonly snapshots: Placement['snapshots'],
    private readonly report: Report,
  ) {}

  wiped(node: string): void {
    this.#held.delete(node);
  }

  recovered({ node, role }: Address, { checkpoint }: RecoveredRole): void {
    // Of a snapshot that it does find, it tells at once.
    if (role === 'learner' && checkpoint === undefined) this.#held.delete(node);
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'snapshotted') {
      this.#ever.set(node, Math.max(event.next, this.#ever.get(node) ?? 0));
      // It may be less than an earlier life had: then that is gone.
      this.#held.set(node, event.next);
    } else if (event.event === 'truncate') this.#truncate(node, event.below);
  }

  #truncate(node: string, below: number): void {
    const { learners, needed } = this.snapshots;
    const holders = learners.filter((learner) => (this.#ever.get(learner) ?? 0) >= below);
    if (holders.length < needed)
      this.report(
        `${node} forgot what is below slot ${below}, which only ${holders.length} of ${learners.join(', ')} held in durable snapshots, and ${needed} must`,
      );
    else if (![...this.#held.values()].some((next) => next >= below))
      this.report(`${node} forgot what is below slot ${below}, and no snapshot that holds it is left`);
  }
}
