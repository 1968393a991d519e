/** How many of each kind of unknown operation were taken. */
export type Taken = Uint16Array;

interface Visit {
  readonly taken: Taken;
  readonly row: number;
}

/**
 * Where the search has been: which operations were linearized, in which state that ended, and which unknown operations it took.
 *
 * A place need not be searched again if it was reached before with the same operations, in the same state, and with no more of
 * any kind taken: whatever can follow here could follow there, where the same and more is left to take. Nor may more have been
 * taken in a row just before (`row`), since rows are bounded.
 */
export class Visited {
  readonly #places = new Map<string, Visit[]>();

  /** False if that place need not be searched. The texts are compared, not their hashes. */
  enter(linearized: string, state: number, taken: Taken, row: number): boolean {
    const place = String.fromCharCode(state % 0x10000, Math.floor(state / 0x10000)) + linearized;
    const before = this.#places.get(place);
    if (before === undefined) {
      this.#places.set(place, [{ taken, row }]);
      return true;
    }
    if (before.some((less) => less.row <= row && less.taken.every((count, kind) => count <= taken[kind]!))) return false;
    before.push({ taken, row });
    return true;
  }
}
