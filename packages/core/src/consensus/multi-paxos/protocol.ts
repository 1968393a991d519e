import type { ProtocolPart, ReplicatesStateMachine } from '../../wiring/group.js';
import { admitted } from '../enrolment/admission.js';
import { quorumsOf } from '../quorums/part.js';
import { Acceptor } from './acceptor.js';
import { Leader } from './leader.js';
import { Learner } from './learner.js';
import { type LogProtocol, replicatedLog } from './log-protocol.js';
import type { AcceptorMessage } from './messages.js';
import type { MultiPaxosSettings } from './options.js';
import { Proposer } from './proposer.js';
import { Voting } from './voting.js';
import { acceptorWire, leaderWire, learnerWire, proposerWire } from './wire.js';

/** What `multiPaxos` is made of. */
export const multiPaxosLog: LogProtocol = {
  name: 'multi-paxos/2',
  proposer: (context, effects, placement, options, join) => new Proposer(context, effects, placement, options, join),
  leader: (context, effects, placement, options) => new Leader(context, effects, placement, options),
  acceptor: (context, effects, placement, options) =>
    admitted<AcceptorMessage>(new Acceptor(context, effects, placement, new Voting(context, effects, placement, options))),
  learner: (context, effects, placement, options, replica) => new Learner(context, effects, placement, options, replica),
  wire: { proposer: proposerWire, leader: leaderWire, acceptor: acceptorWire, learner: learnerWire },
  quorumsOf,
};

/**
 * Multi-Paxos: a replicated log under one leader at a time, and a state machine that executes it. Roles: `proposer`, `leader`,
 * `acceptor`, `learner`. Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const multiPaxos = (settings: MultiPaxosSettings = {}): ProtocolPart<ReplicatesStateMachine> =>
  replicatedLog(multiPaxosLog, settings);
