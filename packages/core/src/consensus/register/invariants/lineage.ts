import type { TraceEvent } from '../../../actor/effect.js';
import type { Invariant, Observer, Report } from '../../../wiring/observer.js';
import { type Ballot, compareBallots, formatBallot } from '../../ballot.js';
import type { ChooseEvent, EraseEvent, ProposeEvent, RegisterEvent } from '../events.js';
import { decodeState } from '../state.js';

/**
 * Lineage (docs/protocols.md §11; Rystsov, CASPaxos, appendix A): of two states of a key that were chosen, the one at the higher ballot
 * came about by changes of the other.
 */
export const lineage: Invariant = { name: 'Lineage', watch: (report) => new Lineage(report) };

interface Key {
  /** By the version of a state, that of the state that it was made of. */
  readonly made: Map<number, number>;
  /** What was chosen, ascending by ballot. */
  readonly chosen: { readonly ballot: Ballot; readonly version: number }[];
  /** Versions of tombstones that were erased: what begins with nothing goes on from them. */
  readonly erased: Set<number>;
  /** By ballot, the version proposed at it. */
  readonly proposed: Map<string, number>;
}

class Lineage implements Observer {
  readonly traces = ['propose', 'choose', 'erase'];
  readonly #keys = new Map<string, Key>();

  constructor(private readonly report: Report) {}

  traced(_node: string, traced: TraceEvent): void {
    const event = traced as RegisterEvent;
    if (event.event === 'propose') this.#proposed(event);
    else if (event.event === 'choose') this.#chosen(event);
    else if (event.event === 'erase') this.#erased(event);
  }

  #proposed({ key, ballot, from, state }: ProposeEvent): void {
    const { made, proposed } = this.#key(key);
    const { version } = decodeState(state);
    if (version !== from) made.set(version, from);
    proposed.set(formatBallot(ballot), version);
  }

  #erased({ key, ballot }: EraseEvent): void {
    const { erased, proposed } = this.#key(key);
    erased.add(proposed.get(formatBallot(ballot)) ?? 0);
  }

  #chosen({ key, ballot, state }: ChooseEvent): void {
    const known = this.#key(key);
    const { version } = decodeState(state);
    const at = known.chosen.findIndex((other) => compareBallots(other.ballot, ballot) > 0);
    const above = at < 0 ? undefined : known.chosen[at];
    const below = at < 0 ? known.chosen.at(-1) : known.chosen[at - 1];
    if (below !== undefined && !descends(known, version, below.version)) this.#lost(key, ballot, version, below);
    if (above !== undefined && !descends(known, above.version, version)) this.#lost(key, above.ballot, above.version, { ballot, version });
    known.chosen.splice(at < 0 ? known.chosen.length : at, 0, { ballot, version });
  }

  #lost(key: string, ballot: Ballot, version: number, lower: { readonly ballot: Ballot; readonly version: number }): void {
    this.report(
      `${JSON.stringify(key)} was chosen at version ${lower.version}, ballot ${formatBallot(lower.ballot)}, and then at version ${version}, ballot ${formatBallot(ballot)}, which was not made of that`,
    );
  }

  #key(key: string): Key {
    let known = this.#keys.get(key);
    if (known === undefined) this.#keys.set(key, (known = { made: new Map(), chosen: [], erased: new Set(), proposed: new Map() }));
    return known;
  }
}

/** Whether `version` is `ancestor`, or came about by changes of it. */
const descends = ({ made, erased }: Key, version: number, ancestor: number): boolean => {
  for (let at = version; ; ) {
    if (at === ancestor || ancestor === 0) return true;
    if (at < ancestor && at !== 0) return false;
    if (at !== 0) at = made.get(at) ?? 0;
    // Nothing was there: either from the first, or since a tombstone was erased, which `ancestor` is or led to.
    else {
      const tombstone = [...erased].filter((other) => other >= ancestor && (version === 0 || other < version));
      return tombstone.some(
        (other) => other === ancestor || descends({ made, erased: new Set(), chosen: [], proposed: new Map() }, other, ancestor),
      );
    }
  }
};
