export type { FastOptions } from './log/options.js';
export { fastPaxosPhrases } from './log/phrases.js';
export { type FastPaxosSettings, fastPaxos } from './log/protocol.js';
export {
  type CrashesTolerated,
  crashesTolerated,
  type FastCounts,
  type FastQuorumSystem,
  type FastQuorums,
  type FastSets,
  fastCounts,
  fastMajority,
  fastQuorumsOf,
  fastSets,
  twoThirds,
} from './quorums.js';
export type { FastSynodOptions, FastSynodSettings, Recovery } from './synod/options.js';
export { fastSynodPhrases } from './synod/phrases.js';
export { fastSynod } from './synod/protocol.js';
