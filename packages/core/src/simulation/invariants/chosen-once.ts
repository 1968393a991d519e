import type { TraceEvent } from '../../actor/effect.js';
import type { Entry } from '../../replication/entry.js';
import type { Invariant, Observer, Report } from '../observer.js';
import { digestBytes } from '../trace.js';

/**
 * Agreement, before the state machine (Lamport, Paxos Made Simple, §2.1: only a single value is chosen): whatever a leader
 * traced as chosen for a slot, and whatever a learner executed there, is one entry, no-ops and all, over all of history.
 */
export const chosenOnce: Invariant = { name: 'ChosenOnce', watch: (report) => new ChosenOnce(report) };

class ChosenOnce implements Observer {
  readonly #slots = new Map<number, { readonly digest: number; readonly by: () => string }>();

  constructor(private readonly report: Report) {}

  traced(node: string, event: TraceEvent): void {
    if (event.event === 'choose') {
      const { first, entries } = event as unknown as { readonly first: number; readonly entries: readonly Entry[] };
      for (const [i, entry] of entries.entries()) this.#see(node, first + i, entry, 'chose');
    } else if (event.event === 'apply') {
      const { slot, entry } = event as unknown as { readonly slot: number; readonly entry: Entry };
      this.#see(node, slot, entry, 'executed');
    }
  }

  #see(node: string, slot: number, entry: Entry, verb: string): void {
    const digest = digestEntry(entry);
    const known = this.#slots.get(slot);
    if (known === undefined) this.#slots.set(slot, { digest, by: describe(node, verb, entry) });
    else if (known.digest !== digest) this.report(`slot ${slot}: ${known.by()}, ${describe(node, verb, entry)()}`);
  }
}

const digestEntry = ({ type, time, session, seq, payload }: Entry): number => {
  let digest = digestBytes(payload);
  for (const number of [type, time % 0x7fff_ffff, session, seq]) digest = Math.imul(digest ^ number, 0x9e3779b1) ^ (digest >>> 15);
  return digest;
};

const describe =
  (node: string, verb: string, { type, session, seq, time }: Entry) =>
  (): string =>
    `${node} ${verb} ${session === 0 ? `an entry of type ${type}` : `batch ${seq} of session ${session}`} at log time ${time}`;
