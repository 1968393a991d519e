/**
 * `@synod/core/multi-paxos`: the parts of Multi-Paxos, for protocols that replicate a log and have its entries voted for in a way of their own.
 */
export { Replica } from '../../replication/replica.js';
export { Acceptor } from './acceptor.js';
export type { ClientSession, Route } from './client-session.js';
export { Leader, type LeaderWays } from './leader.js';
export { Learner } from './learner.js';
export { type LogProtocol, type RoleOf, replicatedLog } from './log-protocol.js';
export type * from './messages.js';
export type { MultiPaxosOptions, MultiPaxosSettings } from './options.js';
export { withDefaults as logOptions } from './options.js';
export { type Phase2, Proposals, type Reigning } from './phase-2.js';
export { HighestVotes, type Picks } from './picks.js';
export { type Placement, placed } from './placement.js';
export { Proposer } from './proposer.js';
export { Voting } from './voting.js';
export { acceptorWire, leaderWire, learnerWire, proposerWire } from './wire.js';
