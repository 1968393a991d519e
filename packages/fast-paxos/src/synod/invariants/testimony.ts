import { synodTestimony, type Testimony } from '@synod/core/simulation';

/** How the acceptors of Fast Paxos speak and remember: as those of the Synod, to coordinators instead of proposers, and to each other. */
export const testimony: Testimony = { ...synodTestimony, hearers: ['coordinator', 'learner', 'acceptor'] };
