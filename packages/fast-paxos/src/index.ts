export type { FastQuorumSystem, FastQuorums } from './quorums.js';
