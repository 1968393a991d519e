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
