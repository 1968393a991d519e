import type { SeededRandom } from './seeded-random.js';

/** What a disk writes whole or not at all, in bytes. */
export const SECTOR_BYTES = 512;

const ZEROS = new Uint8Array(SECTOR_BYTES);

/** A write as the file takes it: whole sectors, each already merged with what stood there. Sectors are never changed, only replaced. */
type Sectors = Map<number, Uint8Array>;

/** What a sync that began at some moment makes durable when it is done. */
export interface SyncPoint {
  readonly sectors: ReadonlyMap<number, Uint8Array>;
  readonly size: number;
  /** How many changes of size it covers. */
  readonly resizes: number;
}

/**
 * The contents of one file: what is durable, and over it what was written since. Readers see both; a power cut keeps of the
 * upper layer whatever it likes. Absent sectors are zeros.
 */
export class DiskContents {
  readonly #durable: Sectors = new Map();
  readonly #unsynced: Sectors = new Map();
  #durableSize = 0;
  /** The sizes that the file had since it was last synced, oldest first. */
  #sizes: number[] = [];
  /** Changes of size before the first of `#sizes`. */
  #settled = 0;

  get size(): number {
    return this.#sizes.at(-1) ?? this.#durableSize;
  }

  /** Sectors that a power cut may lose. */
  get unsyncedSectors(): number {
    return this.#unsynced.size;
  }

  read(position: number, length: number): Uint8Array {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - position)));
    for (let done = 0; done < bytes.length; ) {
      const at = position + done;
      const start = at % SECTOR_BYTES;
      const part = this.#sector(Math.floor(at / SECTOR_BYTES)).subarray(start, Math.min(SECTOR_BYTES, start + bytes.length - done));
      bytes.set(part, done);
      done += part.length;
    }
    return bytes;
  }

  /** Writes the sectors that `keep` wants: all of them, unless the power fails in the middle. */
  write(position: number, bytes: Uint8Array, keep: () => boolean = () => true): void {
    const owned = bytes.slice();
    let reached = this.size;
    for (let done = 0; done < bytes.length; ) {
      const at = position + done;
      const number = Math.floor(at / SECTOR_BYTES);
      const start = at % SECTOR_BYTES;
      const part = owned.subarray(done, done + Math.min(SECTOR_BYTES - start, bytes.length - done));
      if (keep()) {
        this.#unsynced.set(number, part.length === SECTOR_BYTES ? part : this.#merged(number, part, start));
        reached = Math.max(reached, at + part.length);
      }
      done += part.length;
    }
    this.#resize(reached);
  }

  truncate(size: number): void {
    const from = Math.floor(size / SECTOR_BYTES);
    const start = size % SECTOR_BYTES;
    for (const number of [...new Set([...this.#durable.keys(), ...this.#unsynced.keys()])].sort((a, b) => a - b)) {
      if (number < from) continue;
      const sector = new Uint8Array(SECTOR_BYTES);
      if (number === from) sector.set(this.#sector(number).subarray(0, start));
      this.#unsynced.set(number, sector);
    }
    this.#resize(size);
  }

  /** What a sync called now will cover. */
  syncPoint(): SyncPoint {
    return { sectors: new Map(this.#unsynced), size: this.size, resizes: this.#settled + this.#sizes.length };
  }

  /** That sync is done. */
  settle(point: SyncPoint): void {
    for (const [number, sector] of point.sectors) {
      this.#durable.set(number, sector);
      if (this.#unsynced.get(number) === sector) this.#unsynced.delete(number);
    }
    // Syncs may overlap, and end in another order than they began.
    if (point.resizes < this.#settled) return;
    this.#sizes = this.#sizes.slice(point.resizes - this.#settled);
    this.#settled = point.resizes;
    this.#durableSize = point.size;
  }

  /** The power fails: of what was not synced, each sector survives or not, and the size is one that the file had. */
  lose(random: SeededRandom, keep: () => boolean): void {
    this.#durableSize = random.pick([this.#durableSize, ...this.#sizes]);
    this.#settled += this.#sizes.length;
    this.#sizes = [];
    for (const [number, sector] of this.#unsynced) if (keep()) this.#durable.set(number, sector);
    this.#unsynced.clear();
    const sectors = Math.ceil(this.#durableSize / SECTOR_BYTES);
    for (const number of this.#durable.keys()) if (number >= sectors) this.#durable.delete(number);
    // What lies in the last sector beyond the end of the file is not part of it, and must not come back when it grows.
    const last = this.#durable.get(sectors - 1);
    const end = this.#durableSize % SECTOR_BYTES;
    if (last !== undefined && end > 0) {
      const sector = new Uint8Array(SECTOR_BYTES);
      sector.set(last.subarray(0, end));
      this.#durable.set(sectors - 1, sector);
    }
  }

  /** Flips one bit on the medium, in what is durable and in what is read. */
  rot(position: number, bit: number): void {
    const number = Math.floor(position / SECTOR_BYTES);
    for (const layer of [this.#durable, this.#unsynced]) {
      const sector = layer.get(number)?.slice() ?? (layer === this.#durable ? ZEROS.slice() : undefined);
      if (sector === undefined) continue;
      sector[position % SECTOR_BYTES] = (sector[position % SECTOR_BYTES] as number) ^ (1 << bit);
      layer.set(number, sector);
    }
  }

  #merged(number: number, part: Uint8Array, start: number): Uint8Array {
    const sector = this.#sector(number).slice();
    sector.set(part, start);
    return sector;
  }

  #sector(number: number): Uint8Array {
    return this.#unsynced.get(number) ?? this.#durable.get(number) ?? ZEROS;
  }

  #resize(size: number): void {
    if (size !== this.size) this.#sizes.push(size);
  }
}
