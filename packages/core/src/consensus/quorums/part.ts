import { ContainerModule, type ServiceIdentifier } from 'inversify';
import { majority, type QuorumSystem, type Quorums } from '../quorum.js';
import { gapOf } from './gap.js';
import { describeGap, refuse } from './refuse.js';

/** How a group's quorums are made; `majority` unless bound. */
export const QUORUMS = Symbol.for('@synod/core/quorums') as ServiceIdentifier<Quorums>;

/**
 * The quorums of a group, as a part of it: `group('counters', multiPaxos(), counter, quorums(counts({ phase1: 4, phase2: 2 })))`.
 * Every node of the group must be given the same; nodes with others do not understand each other.
 */
export const quorums = (rule: Quorums): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(QUORUMS).toConstantValue(rule);
  });

/** The quorums of these acceptors. Throws `ConfigurationError` (`BAD_QUORUMS`), also if a rule of somebody's own makes two that do not meet. */
export const quorumsOf = (acceptors: readonly string[], rule: Quorums = majority): QuorumSystem => {
  const system = rule(acceptors);
  const gap = gapOf(system);
  if (gap !== undefined)
    refuse(`${system.fingerprint}: ${describeGap(gap)}; what the second chooses, a leader that asks the first does not see`);
  return system;
};
