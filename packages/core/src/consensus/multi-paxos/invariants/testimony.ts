import type { RecoveredRole } from '../../../actor/actor.js';
import type { Message } from '../../../actor/envelope.js';
import type { Memory, Testimony, Told } from '../../invariants/testimony.js';
import { recoverAcceptor } from '../acceptor-log.js';
import type { MultiPaxosMessage } from '../messages.js';

/** Several checkers look at the same beginning, one after another. */
let last: { readonly recovered: RecoveredRole; readonly memory: Memory } | undefined;

/** How the acceptors of Multi-Paxos speak and remember. */
export const testimony: Testimony = {
  acceptor: 'acceptor',
  hearers: ['leader'],
  kinds: ['accepted', 'heard', 'promise'],
  told: (message: Message): Told | undefined => {
    const said = message as MultiPaxosMessage;
    return said.kind === 'accepted' || said.kind === 'heard' || said.kind === 'promise' ? said : undefined;
  },
  began: (recovered: RecoveredRole): Memory => {
    if (last?.recovered !== recovered) {
      const { promised, log } = recoverAcceptor(recovered);
      last = { recovered, memory: { promised, votes: [...log.votes], truncatedBelow: log.truncatedBelow } };
    }
    return last.memory;
  },
};
