import { acceptorMutants } from './acceptor.js';
import { acceptorLogMutants } from './acceptor-log.js';
import { ballotMutants } from './ballots.js';
import { clientMutants } from './client.js';
import { fastPaxosMutants } from './fast-paxos.js';
import { fastSynodMutants } from './fast-synod.js';
import { formationMutants } from './formation.js';
import { gateMutants } from './gate.js';
import { leaderMutants } from './leader.js';
import { learnerMutants } from './learner.js';
import type { Mutant } from './mutant.js';
import { registerMutants } from './register.js';
import { sessionMutants } from './sessions.js';
import { storageMutants } from './storage.js';
import { synodMutants } from './synod.js';

export type { Mutant, Piece } from './mutant.js';

export const MUTANTS: readonly Mutant[] = [
  ...ballotMutants,
  ...acceptorMutants,
  ...acceptorLogMutants,
  ...formationMutants,
  ...leaderMutants,
  ...learnerMutants,
  ...clientMutants,
  ...sessionMutants,
  ...gateMutants,
  ...storageMutants,
  ...synodMutants,
  ...fastPaxosMutants,
  ...fastSynodMutants,
  ...registerMutants,
];
