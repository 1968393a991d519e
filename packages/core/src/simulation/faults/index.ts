import { clientFaults } from './client.js';
import { diskFaults } from './disk.js';
import type { Fault } from './fault.js';
import { networkFaults } from './network.js';
import { processFaults } from './process.js';

export * from './client.js';
export * from './disk.js';
export type { Fault, FaultKind } from './fault.js';
export * from './network.js';
export * from './process.js';
export { bridges, chains, constrained, leaderOf, quorumLosses, rings } from './topologies.js';

/** Everything that goes wrong. */
export const allFaults: readonly Fault[] = [...networkFaults, ...diskFaults, ...processFaults, ...clientFaults];
