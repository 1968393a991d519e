import type { RecoveredRole } from '../../../actor/actor.js';
import type { Message } from '../../../actor/envelope.js';
import { NO_BALLOT, sameBallot } from '../../ballot.js';
import type { Memory, Testimony, Told } from '../../invariants/testimony.js';
import { recoverAcceptor } from '../acceptor-log.js';
import type { SynodMessage } from '../messages.js';
import { entryOf, SLOT } from '../value-entry.js';

/** How the acceptors of the Synod speak and remember. */
export const testimony: Testimony = {
  acceptor: 'acceptor',
  hearers: ['proposer', 'learner'],
  kinds: ['accepted', 'promise'],
  told: (message: Message): Told | undefined => {
    const said = message as SynodMessage;
    if (said.kind === 'promise') return { ballot: said.ballot };
    return said.kind === 'accepted' ? { ballot: said.ballot, first: SLOT, count: 1 } : undefined;
  },
  began: (recovered: RecoveredRole): Memory => {
    const { promised, voted, value } = recoverAcceptor(recovered);
    const votes = sameBallot(voted, NO_BALLOT) ? [] : [{ slot: SLOT, ballot: voted, entry: entryOf(value) }];
    return { promised, votes, truncatedBelow: 0 };
  },
};
