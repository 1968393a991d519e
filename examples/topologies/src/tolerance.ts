import type { Quorums } from '@synod/core';

/** How many acceptors may crash, whichever they are. */
export interface Tolerance {
  /** And another leader can still be elected. */
  readonly withElections: number;
  /** And commands go on under the leader that there is. */
  readonly underTheLeader: number;
}

export const toleranceOf = (acceptors: readonly string[], rule: Quorums): Tolerance => {
  const { isPhase1, isPhase2 } = rule(acceptors);
  return {
    withElections: most(acceptors, (left) => isPhase1(left) && isPhase2(left)),
    underTheLeader: most(acceptors, isPhase2),
  };
};

/** How many may be taken away, whichever, so that those that are left suffice. */
const most = (acceptors: readonly string[], suffice: (left: ReadonlySet<string>) => boolean): number => {
  const fewest = new Array<number>(acceptors.length + 1).fill(0);
  for (let set = 0; set < 1 << acceptors.length; set++) {
    const left = acceptors.filter((_, i) => (set & (1 << i)) !== 0);
    if (!suffice(new Set(left))) fewest[acceptors.length - left.length] = 1;
  }
  return Math.max(0, fewest.indexOf(1) - 1);
};
