import type { Topology } from '@synod/core';
import { logOptions, placed } from '@synod/core/multi-paxos';
import { type Invariant, logInvariants, multiPaxosTestimony, type Testimony } from '@synod/core/simulation';
import { fastQuorumValid } from '../../invariants/fast-quorum-valid.js';
import { type FastQuorumSystem, type FastQuorums, fastQuorumsOf } from '../../quorums.js';
import type { FastMessage } from '../messages.js';
import type { FastPaxosSettings } from '../protocol.js';
import { fastPick } from './fast-pick.js';

export interface FastPaxosInvariantsOptions {
  readonly topology: Pick<Topology, 'playing'>;
  /** As `fastPaxos` was given. */
  readonly settings?: FastPaxosSettings;
  /** As the group was given; `fastMajority` unless said. */
  readonly quorums?: FastQuorums;
}

/** How the acceptors of Fast Paxos speak and remember. A vote at a step is a promise of its ballot. */
const testimony: Testimony = {
  ...multiPaxosTestimony,
  hearers: ['leader', 'learner'],
  kinds: [...multiPaxosTestimony.kinds, 'fastAccepted'],
  told: (message) => {
    const said = message as FastMessage;
    if (said.kind !== 'fastAccepted') return multiPaxosTestimony.told(message);
    return { ballot: said.at, first: said.first, count: said.entries.length };
  },
};

/** What must hold of every history of one group (docs/protocols.md §6, §11). Throws `ConfigurationError` (`BAD_OPTION`, `BAD_QUORUMS`). */
export const fastPaxosInvariants = ({ topology, settings = {}, quorums }: FastPaxosInvariantsOptions): readonly Invariant[] => {
  const { fast: _, ...log } = settings;
  const placement = placed(topology, (acceptors) => fastQuorumsOf(acceptors, quorums));
  const quorum = placement.quorum as FastQuorumSystem;
  return [...logInvariants(placement, logOptions(log), testimony), fastQuorumValid(quorum), fastPick(quorum)];
};
