export { Acceptor } from './acceptor.js';
export { Leader } from './leader.js';
export { Learner } from './learner.js';
export * from './messages.js';
export { DEFAULTS, type MultiPaxosOptions, type MultiPaxosSettings } from './options.js';
export { type Placement, placementOf } from './placement.js';
export { Proposer } from './proposer.js';
export { multiPaxos } from './protocol.js';
