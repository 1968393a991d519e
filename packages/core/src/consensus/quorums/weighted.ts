import type { QuorumSystem, Quorums } from '../quorum.js';
import { gapOf, MOST_ENUMERATED } from './gap.js';
import { describeGap, onlyMembers, refuse, wholeNumber } from './refuse.js';

/** What acceptors weigh, and how much weight is a quorum. */
export interface Weights {
  /** Of every acceptor, a whole number from 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** More than half of the whole weight unless said. */
  readonly phase1?: number;
  /** More than half of the whole weight unless said. */
  readonly phase2?: number;
}

const HEAVIEST = 1_000_000;

/** Acceptors are a quorum of a phase if together they weigh as much as it needs. (Gifford, Weighted Voting for Replicated Data, §2) */
export const weighted =
  ({ weights, phase1, phase2 }: Weights): Quorums =>
  (members) => {
    onlyMembers('weighted: weights', Object.keys(weights), members);
    const own = new Map(members.map((member) => [member, wholeNumber(`weighted: weights.${member}`, weights[member], HEAVIEST)]));
    const whole = [...own.values()].reduce((sum, weight) => sum + weight, 0);
    const half = Math.floor(whole / 2) + 1;
    const needs = [wholeNumber('weighted: phase1', phase1 ?? half, whole), wholeNumber('weighted: phase2', phase2 ?? half, whole)] as const;
    const weighs = (least: number) => (nodes: ReadonlySet<string>) => {
      let sum = 0;
      for (const [member, weight] of own) if (nodes.has(member)) sum += weight;
      return sum >= least;
    };
    const said = [...own].map(([node, weight]) => `${node}=${weight}`).sort();
    const system: QuorumSystem = {
      members,
      isPhase1: weighs(needs[0]),
      isPhase2: weighs(needs[1]),
      fingerprint: `weighted(${needs};${said.join(',')})`,
    };
    if (needs[0] + needs[1] <= whole) check(system, needs, whole);
    return system;
  };

/** Weights that cannot be split so may meet although the sum is not above the whole: three of 3 each, of which 4 and 5 are needed. */
const check = (system: QuorumSystem, [phase1, phase2]: readonly [number, number], whole: number): void => {
  const gap = gapOf(system);
  const advice = `phase1 ${phase1} and phase2 ${phase2} should together be more than ${whole}, which all weigh`;
  if (gap !== undefined) refuse(`weighted: ${describeGap(gap)}; ${advice}`);
  if (system.members.length > MOST_ENUMERATED) refuse(`weighted: quorums may not meet, and there are too many to look at; ${advice}`);
};
