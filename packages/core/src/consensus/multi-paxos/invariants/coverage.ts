import type { TraceEvent } from '../../../actor/effect.js';
import type { Coverage, Observer, Operation } from '../../../wiring/observer.js';
import type { ConsensusEvent } from '../../trace-events.js';

const counting = <Name extends ConsensusEvent['event']>(
  name: string,
  event: Name,
  occurs: (event: Extract<ConsensusEvent, { readonly event: Name }>) => boolean = () => true,
): Coverage => ({
  name,
  watch: (seen) => ({
    traces: [event],
    traced: (_node: string, traced: TraceEvent) => {
      if (occurs(traced as Extract<ConsensusEvent, { readonly event: Name }>)) seen();
    },
  }),
});

/** One node leads after another. */
const leaderChange: Coverage = {
  name: 'leader change',
  watch: (seen) => {
    const leaders = new Leaders();
    return {
      traces: ['lead'],
      traced: (node) => {
        if (leaders.leads(node)) seen();
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
      traces: ['lead'],
      traced: (node) => {
        leaders.leads(node);
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

  /** `node` leads. True if it was another before. */
  leads(node: string): boolean {
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
  counting('preempted phase 1', 'preempted'),
  counting('value adopted from phase 1', 'lead', ({ adopted }) => adopted > 0),
  counting('gap fill', 'lead', ({ gaps }) => gaps > 0),
  counting('snapshot install', 'install'),
  counting('session retry executed once', 'apply', ({ repeated }) => repeated),
  counting('session evicted', 'evicted'),
  readDuringLeaderChange(isRead),
];
