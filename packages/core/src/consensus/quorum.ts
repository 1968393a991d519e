import { atLeast } from './quorums/counts.js';

/**
 * Which sets of acceptors suffice. Every phase-1 quorum meets every phase-2 quorum; that alone makes Paxos safe, where no ballot is
 * used twice. (Howard, Malkhi & Spiegelman, Flexible Paxos §3)
 *
 * Two phase-1 quorums need not meet, say two of four where three choose; nor need two phase-2 quorums.
 */
export interface QuorumSystem {
  readonly members: readonly string[];
  /** Enough promises to know whatever may have been chosen at a lower ballot. */
  isPhase1(nodes: ReadonlySet<string>): boolean;
  /**
   * Enough votes at one ballot to choose. It meets every phase-1 quorum, so it also confirms that no higher ballot is active. `step`: that of
   * the votes, 0 unless said; before 0 a protocol may need more of them.
   */
  isPhase2(nodes: ReadonlySet<string>, step?: number): boolean;
  /** Equal on nodes whose systems are the same: part of every message's group number. */
  readonly fingerprint: string;
}

/**
 * How the quorums of a deployment are made of its acceptors. Throws `ConfigurationError` (`BAD_QUORUMS`) if it cannot make any of these,
 * or two that do not meet.
 */
export type Quorums = (members: readonly string[]) => QuorumSystem;

/** Whether `nodes` are members of every phase-1 quorum, one at least of each: the others alone are none. */
export const meetsEveryPhase1 = ({ members, isPhase1 }: QuorumSystem, nodes: ReadonlySet<string>): boolean =>
  !isPhase1(new Set(members.filter((member) => !nodes.has(member))));

/** More than half, in both phases. */
export const majority: Quorums = (members) => {
  const enough = atLeast(members, Math.floor(members.length / 2) + 1);
  return { members, isPhase1: enough, isPhase2: enough, fingerprint: `majority(${[...members].sort().join(',')})` };
};
