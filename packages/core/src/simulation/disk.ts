import type { Crash } from '../wiring/observer.js';
import { between, type Delay } from './delay.js';
import type { DiskContents } from './disk-contents.js';
import { MountedDisk } from './mounted-disk.js';
import type { SeededRandom } from './seeded-random.js';
import type { Trace } from './trace.js';
import type { ChildScheduler } from './virtual-scheduler.js';

/** How long the operations of a disk take. `always(0)` completes within the call. */
export interface DiskLatency {
  readonly read: Delay;
  readonly write: Delay;
  readonly sync: Delay;
  /** Of lock, list, open, rename, remove and close. */
  readonly name: Delay;
}

/** About that of a good SSD. */
export const quickDisk: DiskLatency = {
  read: between(0.02, 0.1),
  write: between(0.01, 0.05),
  sync: between(0.2, 2),
  name: between(0.02, 0.1),
};

export type DiskOperation =
  | 'lock'
  | 'unlock'
  | 'list'
  | 'create'
  | 'open'
  | 'rename'
  | 'remove'
  | 'syncDirectory'
  | 'read'
  | 'write'
  | 'sync'
  | 'writeDurably'
  | 'truncate'
  | 'close';

/** What goes wrong with an operation: it fails with an error, and had no effect; or it never ends. */
export type DiskFault = Error | 'hang';

/** A change of the directory that is not yet durable. */
export type NameChange =
  | { readonly change: 'set'; readonly name: string; readonly contents: DiskContents }
  | { readonly change: 'rename'; readonly from: string; readonly to: string; readonly contents: DiskContents }
  | { readonly change: 'remove'; readonly name: string; readonly contents: DiskContents };

/** An operation that changes the medium and is not done: a crash may leave part of it. */
export interface InFlight {
  /** Does to the medium what a crash in the middle may leave. */
  tear(keep: () => boolean): void;
}

/**
 * One node's disk. It outlives the processes that use it, each through its own `mount`.
 *
 * Fault model: a sector (512 bytes) is written whole or not at all. Of what was not synced, a power cut keeps any subset of
 * sectors, one of the sizes that the file had since its last sync, and any subset of the changes to the directory, in their
 * order; a rename is atomic. A sync covers the writes that had completed when it was called. An operation in flight when the
 * process dies may have happened, in part if it is a write, and is never answered. Sectors never lie: no read fails and no bit
 * flips, unless asked for with `fault` and `rot`.
 */
export class SimulatedDisk {
  /** Asked before every operation. */
  fault: ((operation: DiskOperation, name: string) => DiskFault | undefined) | undefined;
  readonly inFlight = new Set<InFlight>();
  readonly names = new Map<string, DiskContents>();
  #durableNames = new Map<string, DiskContents>();
  #changes: NameChange[] = [];
  #settled = 0;
  #mounted: MountedDisk | undefined;
  #holder: MountedDisk | undefined;

  constructor(
    readonly node: string,
    readonly random: SeededRandom,
    readonly trace: Trace | undefined,
    /** May be replaced at any time. */
    public latency: DiskLatency = quickDisk,
  ) {}

  /** The disk as the process that `life` schedules sees it. It works until that process is killed or the disk crashes. */
  mount(life: ChildScheduler): MountedDisk {
    const mounted = new MountedDisk(this, life);
    this.#mounted = mounted;
    return mounted;
  }

  /** The process that used this disk dies. Its lock is free, and its handles are dead. */
  crash(how: Crash): void {
    const { random } = this;
    this.#mounted?.kill();
    this.#mounted = undefined;
    this.#holder = undefined;
    const share = random.pick([0, 100, 500, 900, 1000]);
    const keep = (): boolean => random.chance(share);
    for (const operation of this.inFlight) operation.tear(keep);
    this.inFlight.clear();
    if (how === 'kill') return;
    const changes = this.#changes.filter(keep);
    this.names.clear();
    for (const [name, contents] of this.#durableNames) this.names.set(name, contents);
    for (const change of changes) apply(this.names, change);
    this.#durableNames = new Map(this.names);
    this.#settled += this.#changes.length;
    this.#changes = [];
    for (const contents of new Set(this.names.values())) contents.lose(random, keep);
  }

  /** As a new disk in the place of this one. */
  wipe(): void {
    this.names.clear();
    this.#durableNames.clear();
    this.#changes = [];
  }

  /** Flips a bit of a file, as a failing medium does. */
  rot(name: string, position: number, bit: number): void {
    const contents = this.names.get(name);
    if (contents === undefined) throw new Error(`${this.node}: no file ${JSON.stringify(name)} to damage`);
    contents.rot(position, bit);
  }

  /** False if another living process has it. */
  lock(mounted: MountedDisk): boolean {
    if (this.#holder?.alive === true && this.#holder !== mounted) return false;
    this.#holder = mounted;
    return true;
  }

  unlock(mounted: MountedDisk): void {
    if (this.#holder === mounted) this.#holder = undefined;
  }

  change(change: NameChange): void {
    apply(this.names, change);
    this.#changes.push(change);
  }

  /** What a sync of the directory called now will cover. */
  directoryPoint(): number {
    return this.#settled + this.#changes.length;
  }

  settleDirectory(point: number): void {
    const done = this.#changes.splice(0, Math.max(0, point - this.#settled));
    for (const change of done) apply(this.#durableNames, change);
    this.#settled += done.length;
  }
}

const apply = (names: Map<string, DiskContents>, change: NameChange): void => {
  switch (change.change) {
    case 'set':
      names.set(change.name, change.contents);
      break;
    case 'rename':
      if (names.get(change.from) === change.contents) names.delete(change.from);
      names.set(change.to, change.contents);
      break;
    case 'remove':
      if (names.get(change.name) === change.contents) names.delete(change.name);
      break;
  }
};
