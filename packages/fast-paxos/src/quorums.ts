import type { QuorumSystem, Quorums } from '@synod/core';
import { atLeast, onlyMembers, quorumsOf, refuse, wholeNumber } from '@synod/core/consensus';
import { describeTriple, leastOf, tripleOf } from './triple.js';

/**
 * Quorums of Fast Paxos. Any two fast quorums and any phase-1 quorum have an acceptor in common: so what a fast quorum may have chosen is
 * told from what it cannot have. (Lamport, Fast Paxos §2.2, "Quorum Requirement")
 *
 * Before step 0 `isPhase2` asks for a fast quorum.
 */
export interface FastQuorumSystem extends QuorumSystem {
  /** Enough votes at one fast step to choose. */
  isFast(nodes: ReadonlySet<string>): boolean;
}

/** How the quorums of a deployment are made of its acceptors. Throws `ConfigurationError` (`BAD_QUORUMS`). */
export type FastQuorums = (members: readonly string[]) => FastQuorumSystem;

type Asks = Pick<FastQuorumSystem, 'isPhase1' | 'isPhase2' | 'isFast'>;

const system = (members: readonly string[], { isPhase1, isPhase2, isFast }: Asks, fingerprint: string): FastQuorumSystem => ({
  members,
  isPhase1,
  isPhase2: (nodes, step = 0) => (step < 0 ? isFast(nodes) : isPhase2(nodes)),
  isFast,
  fingerprint,
});

const sorted = (members: readonly string[]): string => [...members].sort().join(',');

const moreThanHalf = (length: number): number => Math.floor(length / 2) + 1;

const threeQuarters = (length: number): number => Math.ceil((3 * length) / 4);

/**
 * More than half in both phases of a classic step, and three quarters of all at a fast one: most acceptors may crash, and the fewest while
 * it is fast. (Lamport, Fast Paxos §2.2, the first of two choices)
 */
export const fastMajority: FastQuorums = (members) => {
  const classic = atLeast(members, moreThanHalf(members.length));
  const isFast = atLeast(members, threeQuarters(members.length));
  return system(members, { isPhase1: classic, isPhase2: classic, isFast }, `fastMajority(${sorted(members)})`);
};

/** More than two thirds, always: it stays fast while as many crash as may at all. (Lamport, Fast Paxos §2.2, the second of two choices) */
export const twoThirds: FastQuorums = (members) => {
  const enough = atLeast(members, Math.floor((2 * members.length) / 3) + 1);
  return system(members, { isPhase1: enough, isPhase2: enough, isFast: enough }, `twoThirds(${sorted(members)})`);
};

/** How many acceptors are a quorum. */
export interface FastCounts {
  /** More than half unless said. */
  readonly phase1?: number;
  /** More than half unless said. */
  readonly phase2?: number;
  readonly fast: number;
}

/**
 * Any so many acceptors are a quorum. Of N, `phase1` and `phase2` are together more than N, and `phase1` and twice `fast` more than twice
 * N. (`docs/protocols.md` §6)
 */
export const fastCounts =
  (given: FastCounts): FastQuorums =>
  (members) => {
    const { length } = members;
    const phase1 = wholeNumber('fastCounts: phase1', given.phase1 ?? moreThanHalf(length), length);
    const phase2 = wholeNumber('fastCounts: phase2', given.phase2 ?? moreThanHalf(length), length);
    const fast = wholeNumber('fastCounts: fast', given.fast, length);
    if (phase1 + phase2 <= length)
      refuse(
        `fastCounts: the phase-1 quorum ${members.slice(0, phase1).join(', ')} does not meet the phase-2 quorum ${members.slice(-phase2).join(', ')}; phase1 ${phase1} and phase2 ${phase2} must together be more than the ${length} acceptors`,
      );
    if (phase1 + 2 * fast <= 2 * length) {
      const missed = length - fast;
      // Two fast quorums miss as many as they can of the phase-1 quorum, each its own.
      const one = members.slice(missed);
      const other = [...members.slice(0, missed), ...members.slice(2 * missed)].slice(0, fast);
      const triple = { phase1: members.slice(0, phase1), fast: [one, other] } as const;
      refuse(
        `fastCounts: ${describeTriple(triple)}; phase1 ${phase1} and twice fast, ${2 * fast}, must together be more than ${2 * length}, twice the acceptors`,
      );
    }
    return system(
      members,
      { isPhase1: atLeast(members, phase1), isPhase2: atLeast(members, phase2), isFast: atLeast(members, fast) },
      `fastCounts(${phase1},${phase2},${fast};${sorted(members)})`,
    );
  };

/** The least quorums, one by one; what holds one of them is one too. */
export interface FastSets {
  readonly phase1: readonly (readonly string[])[];
  readonly phase2: readonly (readonly string[])[];
  readonly fast: readonly (readonly string[])[];
}

/**
 * The quorums are those that are listed: each of phase 1 must have an acceptor in common with each of phase 2, and with any two of `fast`
 * at once.
 */
export const fastSets =
  ({ phase1, phase2, fast }: FastSets): FastQuorums =>
  (members) => {
    for (const [phase, quorums] of Object.entries({ phase1, phase2, fast })) {
      if (quorums.length === 0) refuse(`fastSets: ${phase} is empty; give one quorum at least`);
      for (const [i, quorum] of quorums.entries()) {
        if (quorum.length === 0) refuse(`fastSets: ${phase}[${i}] is empty; nobody is no quorum`);
        onlyMembers(`fastSets: ${phase}[${i}]`, quorum, members);
      }
    }
    for (const one of phase1) {
      for (const two of phase2)
        if (!one.some((node) => two.includes(node)))
          refuse(
            `fastSets: the phase-1 quorum ${one.join(', ')} does not meet the phase-2 quorum ${two.join(', ')}; every one of the first must have an acceptor in common with every one of the second`,
          );
      for (const [i, two] of fast.entries())
        for (const three of fast.slice(i))
          if (!one.some((node) => two.includes(node) && three.includes(node)))
            refuse(
              `fastSets: ${describeTriple({ phase1: one, fast: [two, three] })}; every phase-1 quorum must have an acceptor in common with any two fast quorums at once`,
            );
    }
    const holdsOne = (quorums: FastSets['fast']) => (nodes: ReadonlySet<string>) =>
      quorums.some((quorum) => quorum.every((node) => nodes.has(node)));
    return system(
      members,
      { isPhase1: holdsOne(phase1), isPhase2: holdsOne(phase2), isFast: holdsOne(fast) },
      `fastSets(${textOf(phase1)}|${textOf(phase2)}|${textOf(fast)};${sorted(members)})`,
    );
  };

/** The same for the same sets in any order. */
const textOf = (quorums: FastSets['fast']): string =>
  quorums
    .map((quorum) => sorted([...new Set(quorum)]))
    .sort()
    .join(';');

const isFastSystem = (made: QuorumSystem): made is FastQuorumSystem => typeof (made as Partial<FastQuorumSystem>).isFast === 'function';

/**
 * The quorums of these acceptors. Throws `ConfigurationError` (`BAD_QUORUMS`), also if a rule of somebody's own makes some that do not meet,
 * or none that are fast.
 */
export const fastQuorumsOf = (acceptors: readonly string[], rule: Quorums = fastMajority): FastQuorumSystem => {
  const made = quorumsOf(acceptors, rule);
  if (!isFastSystem(made))
    return refuse(
      `${made.fingerprint} has no fast quorums, and Fast Paxos needs them; give quorums(...) fastMajority, twoThirds, fastCounts(...) or fastSets(...)`,
    );
  // Who lacks acceptors is told so elsewhere.
  if (acceptors.length === 0) return made;
  const all = new Set(acceptors);
  for (const [what, enough] of [
    ['phase-1', made.isPhase1(all)],
    ['phase-2', made.isPhase2(all)],
    ['fast', made.isFast(all) && made.isPhase2(all, -1)],
  ] as const)
    if (!enough) refuse(`${made.fingerprint}: all acceptors together are no ${what} quorum, so nothing could ever be chosen`);
  const triple = tripleOf(made);
  if (triple !== undefined)
    refuse(`${made.fingerprint}: ${describeTriple(triple)}; who asks the first cannot tell which of two values the others chose`);
  return made;
};

/**
 * Acceptors keep by the fingerprint what they voted under. A leader or proposer of a protocol without fast steps may be given the same
 * quorums, and would pick wrongly from votes at such steps: with the protocol's name these data are not for it.
 */
export const namedAfter = (protocol: string, quorum: FastQuorumSystem): FastQuorumSystem => ({
  ...quorum,
  fingerprint: `${protocol} ${quorum.fingerprint}`,
});

/** How many acceptors may crash, whichever they are. */
export interface CrashesTolerated {
  /** Until nothing can be chosen. */
  readonly classic: number;
  /** Until nothing can be chosen at a fast step, and all goes by way of a coordinator. */
  readonly fast: number;
}

/** Undefined if there are too many acceptors to go through all sets of them. */
export const crashesTolerated = ({ members, isPhase1, isPhase2, isFast }: FastQuorumSystem): CrashesTolerated | undefined => {
  const classic = leastOf(members, (alive) => isPhase1(alive) && isPhase2(alive));
  const fast = leastOf(members, (alive) => isPhase1(alive) && isPhase2(alive) && isFast(alive));
  return classic === undefined || fast === undefined ? undefined : { classic: classic - 1, fast: fast - 1 };
};
