import type { TraceEvent } from '../../actor/effect.js';
import type { Envelope } from '../../actor/envelope.js';
import type { Entry } from '../../replication/entry.js';
import type { Invariant, Observer, Report } from '../../wiring/observer.js';
import type { QuorumSystem } from '../quorum.js';
import type { ConsensusEvent } from '../trace-events.js';
import { AcceptorSets } from './acceptor-sets.js';
import { describeEntry, digestOnce, digestsOf } from './entries.js';
import type { Testimony } from './testimony.js';
import { VoteHistory } from './vote-history.js';

/**
 * Agreement (Lamport, Paxos Made Simple, §2.1: only a single value is chosen; docs/protocols.md §11): what a phase-2 quorum was
 * heard to vote for at one ballot, what a leader takes for chosen, and what a learner executes in a slot is one entry, no-ops and
 * all, over all of history, whether anybody learns of it or not.
 */
export const agreement = (quorum: QuorumSystem, testimony: Testimony): Invariant => ({
  name: 'Agreement',
  overhears: testimony.hearers,
  watch: (report) => new Agreement(new VoteHistory(new AcceptorSets(quorum)), testimony, report),
});

interface Seen {
  readonly digest: number;
  readonly entry: Entry;
  readonly where: string;
}

class Agreement implements Observer {
  readonly traces = ['vote', 'choose', 'apply', 'truncate'];
  readonly hears: readonly string[];
  readonly #chosen = new Map<number, Seen>();
  #below = 0;

  constructor(
    private readonly history: VoteHistory,
    private readonly testimony: Testimony,
    private readonly report: Report,
  ) {
    this.hears = testimony.kinds;
  }

  received({ from, message }: Envelope): void {
    const told = this.testimony.told(message);
    if (told === undefined) return;
    this.history.hear(from.node, told, (slot, { ballot, told, entry, digest }) => {
      if (this.history.acceptors.isPhase2(told, ballot)) this.#see(slot, entry, digest, 'a quorum voted for');
    });
  }

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    switch (event.event) {
      case 'truncate':
        this.#truncate(node, event.below);
        break;
      case 'vote':
        this.history.vote(node, event);
        break;
      case 'choose': {
        const { first, entries } = event;
        const digests = digestsOf(entries);
        for (const [i, entry] of entries.entries()) this.#see(first + i, entry, digests[i] as number, `${node} took for chosen`);
        break;
      }
      case 'apply':
        this.#see(event.slot, event.entry, digestOnce(event.entry), `${node} executed`);
        break;
    }
  }

  #see(slot: number, entry: Entry, digest: number, where: string): void {
    if (slot < this.#below) return;
    const known = this.#chosen.get(slot);
    if (known === undefined) this.#chosen.set(slot, { digest, entry, where });
    else if (known.digest !== digest)
      this.report(`slot ${slot}: ${known.where} ${describeEntry(known.entry)}, ${where} ${describeEntry(entry)}`);
  }

  #truncate(node: string, below: number): void {
    this.history.truncated(node, below);
    for (; this.#below < this.history.below; this.#below++) this.#chosen.delete(this.#below);
  }
}
