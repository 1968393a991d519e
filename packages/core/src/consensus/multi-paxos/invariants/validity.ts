import type { TraceEvent } from '../../../actor/effect.js';
import { type Entry, EntryType } from '../../../replication/entry.js';
import { digestBytes } from '../../../transport/digest.js';
import type { Invariant, Observer, Report } from '../../../wiring/observer.js';
import { describeEntry } from '../../invariants/entries.js';
import type { ConsensusEvent } from '../../trace-events.js';

/**
 * Validity (Lamport, Paxos Made Simple, §2.1: only a value that has been proposed may be chosen; docs/protocols.md §11): what is
 * chosen is a batch, byte for byte, that a proposer made of its clients' commands, the opening of a session that a proposer asked
 * for, or an empty entry of the leader's: a no-op or a tick.
 */
export const validity: Invariant = { name: 'Validity', watch: (report) => new Validity(report) };

/** The batches of one session. */
interface Requests {
  /** By number, the digest of the payload. */
  readonly digests: Map<number, number>;
  /** What is below was acknowledged, and is kept no more. */
  floor: number;
}

class Validity implements Observer {
  readonly traces = ['request', 'choose'];
  readonly #sessions = new Map<number, Requests>();
  readonly #nonces = new Set<number>();

  constructor(private readonly report: Report) {}

  traced(node: string, traced: TraceEvent): void {
    const event = traced as ConsensusEvent;
    if (event.event === 'request') {
      if (event.seq === 0) this.#nonces.add(digestBytes(event.payload));
      else this.#of(event.session).digests.set(event.seq, digestBytes(event.payload));
    } else if (event.event === 'choose') {
      for (const [i, entry] of event.entries.entries())
        if (!this.#isValid(entry))
          this.report(`${node} took ${describeEntry(entry)} for chosen in slot ${event.first + i}, which nobody asked for`);
    }
  }

  #isValid({ type, session, seq, floor, payload }: Entry): boolean {
    if (type === EntryType.Open) return this.#nonces.has(digestBytes(payload));
    if (type !== EntryType.Batch) return payload.length === 0;
    const requests = this.#of(session);
    const digest = requests.digests.get(seq);
    if (digest === undefined) return seq < requests.floor;
    if (digest !== digestBytes(payload) || floor > seq) return false;
    for (; requests.floor < floor; requests.floor++) requests.digests.delete(requests.floor);
    return true;
  }

  #of(session: number): Requests {
    let requests = this.#sessions.get(session);
    if (requests === undefined) this.#sessions.set(session, (requests = { digests: new Map(), floor: 1 }));
    return requests;
  }
}
