import { extended, type ProtocolPart, type ReplicatesStateMachine } from '@synod/core';
import { admitted } from '@synod/core/consensus';
import {
  Acceptor,
  type AcceptorMessage,
  Learner,
  type LogProtocol,
  type MultiPaxosSettings,
  type Placement,
  replicatedLog,
  Voting,
} from '@synod/core/multi-paxos';
import { type FastQuorumSystem, fastQuorumsOf, namedAfter } from '../quorums.js';
import { FastAcceptor } from './acceptor.js';
import { FastLeader } from './leader.js';
import { FastLearner } from './learner.js';
import { type FastOptions, withFastDefaults } from './options.js';
import { FastProposer } from './proposer.js';
import { wire } from './wire.js';

/** The settings of a log under Multi-Paxos, and `fast`, which are Fast Paxos's own. */
export interface FastPaxosSettings extends MultiPaxosSettings {
  readonly fast?: Partial<FastOptions>;
}

/**
 * Fast Paxos: a replicated log whose proposers go straight to the acceptors, so that a command is decided two message delays after it was
 * proposed where nobody else proposes at the same moment; the rest is as `multiPaxos`. Roles: `proposer`, `leader`, `acceptor`, `learner`.
 * Quorums: `fastMajority` unless the group has others, by `quorums(...)`. Throws `ConfigurationError` (`BAD_OPTION`), and when the node
 * starts `BAD_QUORUMS`. (Lamport, Fast Paxos, 2006)
 */
export const fastPaxos = ({ fast, ...log }: FastPaxosSettings = {}): ProtocolPart<ReplicatesStateMachine> =>
  replicatedLog(fastPaxosLog(fast), log);

const NAME = 'fast-paxos/1';

/** What `fastPaxos` is made of. Throws `ConfigurationError` (`BAD_OPTION`). */
export const fastPaxosLog = (given: Partial<FastOptions> = {}): LogProtocol => {
  const fast = withFastDefaults(given);
  return {
    name: NAME,
    proposer: (context, effects, placement, options, join) => {
      const more = new FastProposer(context, effects, placement, options, join);
      return extended(more.proposer, more);
    },
    leader: (context, effects, placement, options) => {
      const more = new FastLeader(context, effects, placement, fastOf(placement), options, fast);
      return extended(more.leader, more);
    },
    acceptor: (context, effects, placement, options) => {
      const voting = new Voting(context, effects, placement, options);
      const acceptor = new Acceptor(context, effects, placement, voting);
      return extended(
        admitted<AcceptorMessage>(acceptor),
        new FastAcceptor(context, effects, placement, fastOf(placement), options, fast, voting, acceptor),
      );
    },
    learner: (context, effects, placement, options, replica) => {
      const learner = new Learner(context, effects, placement, options, replica);
      return extended(learner, new FastLearner(context, effects, placement, fastOf(placement), replica, learner));
    },
    wire,
    quorumsOf: (acceptors, rule) => namedAfter(NAME, fastQuorumsOf(acceptors, rule)),
    fingerprint: `${fast.steps} `,
  };
};

/** As `quorumsOf` made it. */
const fastOf = ({ quorum }: Placement): FastQuorumSystem => quorum as FastQuorumSystem;
