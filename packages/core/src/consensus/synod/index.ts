/**
 * `@synod/core/synod`: the parts of the single-decree Synod, for protocols that decide one value in a way of their own.
 */
export {
  type AcceptorState,
  acceptorCheckpoint,
  promiseRecord,
  recoverAcceptor,
  voteRecord,
} from './acceptor-log.js';
export { ProposerBelief } from './belief.js';
export { Call } from './calls.js';
export { decreeClient } from './client.js';
export { FirstBallot } from './first-ballot.js';
export type {
  Ask,
  AskTimer,
  BackOffTimer,
  Chosen,
  ClientMessage,
  Decided,
  Expired,
  LeaderIs,
  Learn,
  LookTimer,
  Nack,
  Prepare,
  Probe,
  Probed,
  ProbeTimer,
  Propose,
  Request,
  RetryTimer,
  Watch,
} from './messages.js';
export { checkedCodec, fitted, TIMES, withDefaults } from './options.js';
export { tellValue } from './phrases.js';
export { entryOf, SLOT } from './value-entry.js';
