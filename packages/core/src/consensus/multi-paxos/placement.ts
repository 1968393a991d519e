import { majority, type QuorumSystem } from '../quorum.js';

/** Who plays what in this group: the same on every node. */
export interface Placement {
  readonly proposers: readonly string[];
  readonly leaders: readonly string[];
  readonly acceptors: readonly string[];
  readonly learners: readonly string[];
  readonly quorum: QuorumSystem;
  /** Learners on nodes without an acceptor: a leader sends them what is decided. */
  readonly remoteLearners: readonly string[];
  /** Some leader's node has no learner, so a request names the learner that answers. */
  readonly namesLearner: boolean;
  /** Whose snapshots allow forgetting, and how many of them are needed. */
  readonly snapshots: { readonly learners: readonly string[]; readonly needed: number };
}

export const placementOf = (playing: (role: string) => readonly string[]): Placement => {
  const [proposers, leaders, acceptors, learners] = ['proposer', 'leader', 'acceptor', 'learner'].map(playing) as [
    readonly string[],
    readonly string[],
    readonly string[],
    readonly string[],
  ];
  const half = Math.floor(acceptors.length / 2) + 1;
  const voting = learners.filter((node) => acceptors.includes(node));
  return {
    proposers,
    leaders,
    acceptors,
    learners,
    quorum: majority(acceptors),
    remoteLearners: learners.filter((node) => !acceptors.includes(node)),
    namesLearner: leaders.some((node) => !learners.includes(node)),
    snapshots: voting.length >= half ? { learners: voting, needed: half } : { learners, needed: learners.length },
  };
};
