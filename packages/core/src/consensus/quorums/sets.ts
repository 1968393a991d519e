import type { Quorums } from '../quorum.js';
import { describeGap, onlyMembers, refuse } from './refuse.js';

/** The least quorums, one by one; what holds one of them is one too. */
export interface Sets {
  readonly phase1: readonly (readonly string[])[];
  readonly phase2: readonly (readonly string[])[];
}

/** The quorums are those that are listed: each of phase 1 must have an acceptor in common with each of phase 2. */
export const sets =
  ({ phase1, phase2 }: Sets): Quorums =>
  (members) => {
    for (const [phase, quorums] of Object.entries({ phase1, phase2 })) {
      if (quorums.length === 0) refuse(`sets: ${phase} is empty; give one quorum at least`);
      for (const [i, quorum] of quorums.entries()) {
        if (quorum.length === 0) refuse(`sets: ${phase}[${i}] is empty; nobody is no quorum`);
        onlyMembers(`sets: ${phase}[${i}]`, quorum, members);
      }
    }
    for (const one of phase1)
      for (const two of phase2)
        if (!one.some((node) => two.includes(node)))
          refuse(
            `sets: ${describeGap({ phase1: one, phase2: two })}; every phase-1 quorum must have an acceptor in common with every phase-2 quorum`,
          );
    const holdsOne = (quorums: Sets['phase1']) => (nodes: ReadonlySet<string>) =>
      quorums.some((quorum) => quorum.every((node) => nodes.has(node)));
    return {
      members,
      isPhase1: holdsOne(phase1),
      isPhase2: holdsOne(phase2),
      fingerprint: `sets(${textOf(phase1)}|${textOf(phase2)};${[...members].sort().join(',')})`,
    };
  };

/** The same for the same sets in any order. */
const textOf = (quorums: Sets['phase1']): string =>
  quorums
    .map((quorum) => [...new Set(quorum)].sort().join(','))
    .sort()
    .join(';');
