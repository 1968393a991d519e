import type { TraceEvent } from '../../../actor/effect.js';
import type { Coverage, Observer, Operation } from '../../../wiring/observer.js';
import type { ConsensusEvent } from '../../trace-events.js';

const counting = (name: string, occurs: (event: ConsensusEvent) => boolean): Coverage => ({
  name,
  watch: (seen) => ({
    traced: (_node: string, event: TraceEvent) => {
      if (occurs(event as ConsensusEvent)) seen();
    },
  }),
});

/** One node leads after another. */
const leaderChange: Coverage = {
  name: 'leader change',
  watch: (seen) => {
    const leaders = new Leaders();
    return {
      traced: (node, event) => {
        if (leaders.traced(node, event as ConsensusEvent)) seen();
      },
    };
  },
};

/** A read is answered while the leader is another than when it was asked for. */
const readDuringLeaderChange = (isRead: (operation: Operation) => boolean): Coverage => ({
  name: 'read during leader change',
  watch: (seen): Observer => {
    const leaders = new Leaders();
    /** By operation, how often the leader had changed by then. */
    const asked = new Map<string, number>();
    return {
      traced: (node, event) => {
        leaders.traced(node, event as ConsensusEvent);
      },
      invoked: (operation) => {
        if (isRead(operation)) asked.set(operation.id, leaders.changes);
      },
      answered: ({ id, outcome }) => {
        const changes = asked.get(id);
        asked.delete(id);
        if (outcome === 'done' && changes !== undefined && changes < leaders.changes) seen();
      },
    };
  },
});

class Leaders {
  changes = 0;
  #last: string | undefined;

  /** Whether another node leads from now on. */
  traced(node: string, { event }: ConsensusEvent): boolean {
    if (event !== 'lead') return false;
    const changes = this.#last !== undefined && this.#last !== node;
    this.#last = node;
    if (changes) this.changes++;
    return changes;
  }
}

export interface CoverageOptions {
  /** Which operations of the workload only read; none unless said. */
  readonly isRead?: (operation: Operation) => boolean;
}

/** What histories of Multi-Paxos should contain. */
export const multiPaxosCoverage = ({ isRead = () => false }: CoverageOptions = {}): readonly Coverage[] => [
  leaderChange,
  counting('preempted phase 1', ({ event }) => event === 'preempted'),
  counting('value adopted from phase 1', (event) => event.event === 'lead' && event.adopted > 0),
  counting('gap fill', (event) => event.event === 'lead' && event.gaps > 0),
  counting('snapshot install', ({ event }) => event === 'install'),
  counting('session retry executed once', (event) => event.event === 'apply' && event.repeated),
  counting('session evicted', ({ event }) => event === 'evicted'),
  readDuringLeaderChange(isRead),
];
