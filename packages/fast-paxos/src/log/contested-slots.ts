import { type Entry, EntryType } from '@synod/core/consensus';
import type { FastQuorumSystem } from '../quorums.js';
import { Contested } from './contested.js';
import { isWanted, keyOf, sameValue } from './value.js';

/** Batches that are known to be decided, so that a proposal of one that comes late is not proposed again. */
const MOST_DECIDED = 4096;

/** The slots of an open ballot that are not decided, and which batches are in them. Which slots these may be is for others to bound. */
export class ContestedSlots {
  readonly #slots = new Map<number, Contested>();
  /** The batches that somebody was heard to propose and that are not decided. */
  readonly #open = new Set<string>();
  readonly #decided = new Set<string>();
  #bytes = 0;

  constructor(private readonly quorum: FastQuorumSystem) {}

  /** Of all that was proposed in them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What somebody waits for and no slot has. */
  get undecided(): readonly Entry[] {
    return [...this.#slots.values()].flatMap(({ values }) => values.filter(isWanted));
  }

  isOpen(session: number, seq: number): boolean {
    return this.#open.has(keyOf({ session, seq }));
  }

  wasDecided(entry: Entry): boolean {
    return entry.type === EntryType.Batch && this.#decided.has(keyOf(entry));
  }

  /** The slot, contested from `now` on if it was not before. */
  at(slot: number, now: number): Contested {
    let contested = this.#slots.get(slot);
    if (contested === undefined) this.#slots.set(slot, (contested = new Contested(this.quorum, now)));
    return contested;
  }

  below(slot: number): readonly number[] {
    return [...this.#slots.keys()].filter((one) => one < slot);
  }

  /** Somebody proposes an entry in a slot. */
  proposed(contested: Contested, entry: Entry): void {
    this.heard(contested, entry);
    if (entry.type === EntryType.Batch) this.#open.add(keyOf(entry));
  }

  /** It is known that somebody proposed it. */
  heard(contested: Contested, entry: Entry): void {
    this.#bytes += contested.proposed(entry);
  }

  /** `value` has the slot, if that is known; returns what else was proposed there. */
  settle(slot: number, value: Entry | undefined): readonly Entry[] {
    const { values, bytes } = this.#slots.get(slot) ?? { values: [], bytes: 0 };
    this.#slots.delete(slot);
    this.#bytes -= bytes;
    if (value?.type === EntryType.Batch) this.#remember(keyOf(value));
    for (const one of values) this.#open.delete(keyOf(one));
    return values.filter((one) => value === undefined || !sameValue(one, value));
  }

  #remember(key: string): void {
    this.#decided.add(key);
    if (this.#decided.size > MOST_DECIDED) this.#decided.delete(this.#decided.values().next().value as string);
  }
}
