/** How many of each kind of unknown operation were taken. */
export type Taken = Uint16Array;

/**
 * Where the search has been: which operations were linearized, in which state that ended, and which unknown operations it took.
 *
 * A place need not be searched again if it was reached before with the same operations, in the same state, and with no more of
 * any kind taken: whatever can follow here could follow there, where the same and more is left to take.
 */
export class Visited {
  readonly #places = new Map<string, Taken[]>();

  /** False if that place need not be searched. The texts are compared, not their hashes. */
  enter(linearized: string, state: number, taken: Taken): boolean {
    const place = String.fromCharCode(state % 0x10000, Math.floor(state / 0x10000)) + linearized;
    const before = this.#places.get(place);
    if (before === undefined) {
      this.#places.set(place, [taken]);
      return true;
    }
    if (before.some((less) => less.every((count, kind) => count <= taken[kind]!))) return false;
    before.push(taken);
    return true;
  }
}
