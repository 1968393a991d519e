const SLAB_BYTES = 65_536;

/**
 * Copies bytes, so that what is done to a copy is seen nowhere else. Small ones are cut from a common slab: an array buffer of its
 * own costs ten times the copy.
 */
export class SlabCopies {
  #slab = new Uint8Array(SLAB_BYTES);
  #used = 0;

  copy(bytes: Uint8Array): Uint8Array {
    const { length } = bytes;
    if (length > SLAB_BYTES / 8) return bytes.slice();
    if (this.#used + length > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#used = 0;
    }
    const copy = this.#slab.subarray(this.#used, this.#used + length);
    copy.set(bytes);
    this.#used += length;
    return copy;
  }
}
