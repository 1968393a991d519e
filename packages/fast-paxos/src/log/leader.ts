import type { ActorContext, Address, Effects, Role } from '@synod/core';
import { type Ballot, sameBallot } from '@synod/core/consensus';
import { Leader, type MultiPaxosOptions, type Placement, type Request } from '@synod/core/multi-paxos';
import { crashesTolerated, type FastQuorumSystem } from '../quorums.js';
import type { FallBack, FastAccepted, FastLeaderMessage, FastPaxosMessage, FastPropose } from './messages.js';
import { Openness } from './openness.js';
import type { FastOptions } from './options.js';
import { FastPhase2 } from './phase-2.js';
import { FastPicks } from './picks.js';
import { isWanted, requestOf } from './value.js';

/**
 * The coordinator of Fast Paxos: a leader of Multi-Paxos that picks by another rule after phase 1, and has a phase 2 of its own. What
 * proposers send it of a ballot that it does not lead under is a request like any other. (Lamport, Fast Paxos §2.2 and §3.3)
 */
export class FastLeader implements Role<FastLeaderMessage | Request> {
  readonly leader: Leader;
  #phase2: FastPhase2 | undefined;

  constructor(
    context: ActorContext,
    effects: Effects<FastPaxosMessage>,
    placement: Placement,
    quorum: FastQuorumSystem,
    options: MultiPaxosOptions,
    fast: FastOptions,
  ) {
    const openness = new Openness(fast);
    this.leader = new Leader(context, effects, placement, options, {
      picks: () => new FastPicks(quorum),
      phase2: (of) => (this.#phase2 = new FastPhase2(of, effects, quorum, fast, openness)),
    });
    context.gauges.tolerates = crashesTolerated(quorum);
  }

  fastPropose({ ballot, first, entries }: FastPropose, { node }: Address): void {
    const phase2 = this.#at(ballot);
    if (phase2 === undefined) for (const entry of entries.filter(isWanted)) this.leader.request(requestOf(entry));
    else {
      phase2.guest(node);
      phase2.proposed(first, entries);
    }
  }

  fastAccepted(vote: FastAccepted, { node }: Address): void {
    this.#at(vote.at)?.voted(node, vote);
  }

  request(request: Request): void {
    const ballot = this.leader.leads;
    if (ballot !== undefined) this.#at(ballot)?.guest(request.origin);
    this.leader.request(request);
  }

  fallBack({ ballot, reason }: FallBack): void {
    const phase2 = this.#at(ballot);
    if (phase2 === undefined) return;
    this.leader.standAgain(reason);
    // Phase 1 finds what somebody voted for; the rest waits here for the next ballot, and not for its proposers to become impatient.
    for (const entry of phase2.undecided) this.leader.request(requestOf(entry));
  }

  /** The phase 2 of that ballot, if it is the one that this node leads under. */
  #at(ballot: Ballot): FastPhase2 | undefined {
    const { leads } = this.leader;
    return leads !== undefined && sameBallot(leads, ballot) ? this.#phase2 : undefined;
  }
}
