import type { SeededRandom } from './seeded-random.js';
import { SlabCopies } from './slab-copies.js';

/** What a disk writes whole or not at all, in bytes. */
export const SECTOR_BYTES = 512;

const ZEROS = new Uint8Array(SECTOR_BYTES);

const copies = new SlabCopies();

/** A write as the file takes it: whole sectors, each already merged with what stood there. Sectors are never changed, only replaced. */
type Sectors = Map<number, Uint8Array>;

/** What a sync that began at some moment makes durable when it is done. */
export interface SyncPoint {
  readonly sectors: ReadonlyMap<number, Uint8Array>;
  readonly size: number;
  /** How many changes of size it covers. */
  readonly resizes: number;
}

/** What a disk does to a sector behind everybody's back: a bit flips, a write never reached it, or another sector's did. */
export type Damage = 'bit rot' | 'lost write' | 'misdirected write';

/**
 * The contents of one file: what is durable, and over it what was written since. Readers see both; a power cut keeps of the
 * upper layer whatever it likes. Between the two may lie what a failed sync left in the page cache as if it were durable: it is
 * read until the kernel drops it, and no later sync writes it. Absent sectors are zeros.
 */
export class DiskContents {
  readonly #durable: Sectors = new Map();
  /** Not durable, and taken for clean. */
  readonly #stale: Sectors = new Map();
  readonly #unsynced: Sectors = new Map();
  #durableSize = 0;
  /** The sizes that the file had since it was last synced, oldest first. */
  #sizes: number[] = [];
  /** Changes of size before the first of `#sizes`. */
  #settled = 0;
  /** The last two syncs that were done, the newer first. */
  #last: SyncPoint | undefined;
  #beforeLast: SyncPoint | undefined;
  /** Sectors whose damage was not undone, as it left them. */
  readonly #damaged: Sectors = new Map();

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

  /** The same contents in a file of their own, all of them durable. */
  copy(): DiskContents {
    const copy = new DiskContents();
    for (const layer of [this.#durable, this.#stale, this.#unsynced])
      for (const [number, sector] of layer) copy.#durable.set(number, sector);
    copy.#durableSize = this.size;
    return copy;
  }

  /** The same contents in a file of their own, as durable as they are here. */
  fork(): DiskContents {
    const fork = new DiskContents();
    for (const [number, sector] of this.#durable) fork.#durable.set(number, sector);
    for (const [number, sector] of this.#stale) fork.#stale.set(number, sector);
    for (const [number, sector] of this.#unsynced) fork.#unsynced.set(number, sector);
    fork.#durableSize = this.#durableSize;
    fork.#sizes = [...this.#sizes];
    return fork;
  }

  /** Writes the sectors that `keep` wants: all of them, unless the power fails in the middle. */
  write(position: number, bytes: Uint8Array, keep: () => boolean = () => true): void {
    let reached = this.size;
    for (let done = 0; done < bytes.length; ) {
      const at = position + done;
      const number = Math.floor(at / SECTOR_BYTES);
      const start = at % SECTOR_BYTES;
      const part = bytes.subarray(done, done + Math.min(SECTOR_BYTES - start, bytes.length - done));
      if (keep()) {
        this.#unsynced.set(number, part.length === SECTOR_BYTES ? copies.copy(part) : this.#merged(number, part, start));
        this.#stale.delete(number);
        reached = Math.max(reached, at + part.length);
      }
      done += part.length;
    }
    this.#resize(reached);
  }

  truncate(size: number): void {
    const from = Math.floor(size / SECTOR_BYTES);
    const start = size % SECTOR_BYTES;
    for (const number of [...new Set([...this.#durable.keys(), ...this.#stale.keys(), ...this.#unsynced.keys()])].sort((a, b) => a - b)) {
      if (number < from) continue;
      const sector = new Uint8Array(SECTOR_BYTES);
      if (number === from) sector.set(this.#sector(number).subarray(0, start));
      this.#unsynced.set(number, sector);
      this.#stale.delete(number);
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
    if (point.sectors.size > 0) {
      this.#beforeLast = this.#last;
      this.#last = point;
    }
    // Syncs may overlap, and end in another order than they began.
    if (point.resizes < this.#settled) return;
    this.#sizes = this.#sizes.slice(point.resizes - this.#settled);
    this.#settled = point.resizes;
    this.#durableSize = point.size;
  }

  /**
   * That sync failed. Each sector may have reached the disk all the same, be gone, or stay in the page cache as if it had: no later
   * sync writes it.
   */
  fail(point: SyncPoint, random: SeededRandom): void {
    for (const [number, sector] of point.sectors) {
      if (this.#unsynced.get(number) !== sector) continue;
      this.#unsynced.delete(number);
      const fate = random.pick(['written', 'gone', 'stale']);
      if (fate === 'written') this.#durable.set(number, sector);
      else if (fate === 'stale') this.#stale.set(number, sector);
    }
  }

  /** The kernel drops what it takes for clean, except what `keep` wants. */
  evict(keep: () => boolean): void {
    for (const number of this.#stale.keys()) if (!keep()) this.#stale.delete(number);
  }

  /** What was written is about to be relied on as a whole, under its final name. */
  publish(): void {
    this.#last = undefined;
    this.#beforeLast = undefined;
  }

  /** The power fails: of what was not synced, each sector survives or not, and the size is one that the file had. */
  lose(random: SeededRandom, keep: () => boolean): void {
    this.#durableSize = random.pick([this.#durableSize, ...this.#sizes]);
    this.#settled += this.#sizes.length;
    this.#sizes = [];
    for (const [number, sector] of this.#unsynced) if (keep()) this.#durable.set(number, sector);
    this.#unsynced.clear();
    this.#stale.clear();
    const sectors = Math.ceil(this.#durableSize / SECTOR_BYTES);
    for (const number of this.#durable.keys()) if (number >= sectors) this.#durable.delete(number);
    // What lies in the last sector beyond the end of the file is not part of it, and must not come back when it grows.
    const last = this.#durable.get(sectors - 1);
    const end = this.#durableSize % SECTOR_BYTES;
    if (last !== undefined && end > 0) {
      const sector = new Uint8Array(SECTOR_BYTES);
      sector.set(last.subarray(0, end));
      this.#durable.set(sectors - 1, sector);
      if (this.#damaged.get(sectors - 1) === last) this.#damaged.set(sectors - 1, sector);
    }
  }

  /** Flips one bit on the medium, in what is durable and in what is read. */
  rot(position: number, bit: number): void {
    const number = Math.floor(position / SECTOR_BYTES);
    for (const layer of [this.#durable, this.#stale, this.#unsynced]) {
      const sector = layer.get(number)?.slice() ?? (layer === this.#durable ? ZEROS.slice() : undefined);
      if (sector === undefined) continue;
      sector[position % SECTOR_BYTES] = (sector[position % SECTOR_BYTES] as number) ^ (1 << bit);
      layer.set(number, sector);
    }
  }

  /**
   * Does damage to a durable sector that `random` picks, and returns what undoes it as far as the sector was not written since;
   * undefined if there is none to damage. Spares what the last two syncs wrote: to a log that was cut off there, damage to its last
   * frame is no different from a frame that was never acknowledged.
   */
  damage(how: Damage, random: SeededRandom): (() => void) | undefined {
    const spared = (number: number): boolean => this.#last?.sectors.has(number) === true || this.#beforeLast?.sectors.has(number) === true;
    const others = [this.#unsynced, this.#stale, this.#damaged];
    const numbers = [...this.#durable.keys()].filter((number) => !spared(number) && !others.some((other) => other.has(number)));
    const written = numbers.filter((number) => this.#durable.get(number)?.some((byte) => byte !== 0));
    if (written.length === 0) return undefined;
    const number = random.pick(how === 'lost write' ? written : numbers);
    const sound = this.#durable.get(number) as Uint8Array;
    const damaged = damagedSector(how, sound, this.#durable.get(random.pick(written)) as Uint8Array, random);
    if (damaged.every((byte, i) => byte === sound[i])) return undefined;
    this.#durable.set(number, damaged);
    this.#damaged.set(number, damaged);
    return () => {
      if (this.#durable.get(number) === this.#damaged.get(number)) this.#durable.set(number, sound);
      this.#damaged.delete(number);
    };
  }

  #merged(number: number, part: Uint8Array, start: number): Uint8Array {
    const sector = copies.copy(this.#sector(number));
    sector.set(part, start);
    return sector;
  }

  #sector(number: number): Uint8Array {
    return this.#unsynced.get(number) ?? this.#stale.get(number) ?? this.#durable.get(number) ?? ZEROS;
  }

  #resize(size: number): void {
    if (size !== this.size) this.#sizes.push(size);
  }
}

const damagedSector = (how: Damage, sound: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array => {
  switch (how) {
    case 'lost write':
      return ZEROS;
    case 'misdirected write':
      return other;
    case 'bit rot': {
      const sector = sound.slice();
      const position = random.below(SECTOR_BYTES);
      sector[position] = (sector[position] as number) ^ (1 << random.below(8));
      return sector;
    }
  }
};
