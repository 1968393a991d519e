import type { Invariant } from '../../wiring/observer.js';
import type { QuorumSystem } from '../quorum.js';
import { agreement } from './agreement.js';
import { ballotUnique } from './ballot-unique.js';
import { durableReply } from './durable-reply.js';
import { learnSound } from './learn-sound.js';
import { oneValuePerBallot } from './one-value-per-ballot.js';
import { oneVote } from './one-vote.js';
import { promiseMonotone } from './promise-monotone.js';
import { quorumValid } from './quorum-valid.js';
import { safeAt } from './safe-at.js';
import type { Testimony } from './testimony.js';
import { voteGuard } from './vote-guard.js';

/** What must hold of any protocol that chooses by ballots and votes, slot by slot. (docs/protocols.md §11) */
export const ballotInvariants = (quorum: QuorumSystem, testimony: Testimony): readonly Invariant[] => [
  quorumValid(quorum),
  ballotUnique,
  promiseMonotone(testimony),
  voteGuard(testimony),
  oneVote(quorum, testimony),
  oneValuePerBallot(quorum),
  safeAt(quorum, testimony),
  agreement(quorum, testimony),
  learnSound(quorum, testimony),
  durableReply(quorum, testimony),
];
