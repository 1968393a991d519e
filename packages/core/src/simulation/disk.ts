import type { Crash } from '../wiring/observer.js';
import { between, type Delay } from './delay.js';
import type { Damage, DiskContents } from './disk-contents.js';
import { Layers } from './layers.js';
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

/**
 * What goes wrong with an operation: it fails with an error, and had no effect; it never ends; or it is a sync that fails, and what
 * it should have made durable is anywhere or nowhere.
 */
export type DiskFault = Error | 'hang' | 'failed sync';

/** Asked before an operation. */
export type Impairment = (operation: DiskOperation, name: string) => DiskFault | undefined;

/** A change of the directory that is not yet durable. */
export type NameChange =
  | { readonly change: 'set'; readonly name: string; readonly contents: DiskContents }
  | { readonly change: 'rename'; readonly from: string; readonly to: string; readonly contents: DiskContents }
  | { readonly change: 'remove'; readonly name: string; readonly contents: DiskContents };

/** What a disk held at some moment: a backup, or a snapshot of a virtual machine. */
export interface DiskCopy {
  readonly files: ReadonlyMap<string, DiskContents>;
}

/** An operation that changes the medium and is not done: a crash may leave part of it. */
export interface InFlight {
  /** The file that it writes, if it does. */
  readonly contents: DiskContents | undefined;
  /** Does to the medium what a crash in the middle may leave; a write does it to `contents`. */
  tear(keep: () => boolean, contents: DiskContents | undefined): void;
}

/**
 * One node's disk. It outlives the processes that use it, each through its own `mount`.
 *
 * Fault model: a sector (512 bytes) is written whole or not at all. Of what was not synced, a power cut keeps any subset of
 * sectors, one of the sizes that the file had since its last sync, and any subset of the changes to the directory, in their
 * order; a rename is atomic. A sync covers the writes that had completed when it was called. An operation in flight when the
 * process dies may have happened, in part if it is a write, and is never answered. Sectors never lie: no
 * operation fails and no bit flips, unless asked for with `impair`, `damage` and `rot`.
 */
export class SimulatedDisk {
  readonly inFlight = new Set<InFlight>();
  readonly names = new Map<string, DiskContents>();
  #durableNames = new Map<string, DiskContents>();
  #changes: NameChange[] = [];
  #settled = 0;
  #mounted: MountedDisk | undefined;
  #holder: MountedDisk | undefined;
  readonly #slowness: Layers<DiskLatency>;
  #latency: DiskLatency;
  #impairments: readonly Impairment[] = [];
  /** Damage that was not undone. */
  readonly #damages = new Set<object>();
  /** What it holds is a copy that was put back. */
  #putBack = false;
  /** Something went wrong for the process that uses it. */
  #failed = false;

  constructor(
    readonly node: string,
    readonly random: SeededRandom,
    readonly trace: Trace | undefined,
    latency: DiskLatency = quickDisk,
  ) {
    this.#latency = latency;
    this.#slowness = new Layers(latency, (changed) => {
      this.#latency = changed;
    });
  }

  /** How long operations take that begin now. May be replaced at any time, under what slows it. */
  get latency(): DiskLatency {
    return this.#latency;
  }

  set latency(latency: DiskLatency) {
    this.#slowness.set(latency);
  }

  /** Changes the latency, over whatever else does. Returns what ends it. */
  slow(change: (latency: DiskLatency) => DiskLatency): () => void {
    return this.#slowness.add(change);
  }

  /** Lets operations go wrong. Of several who have something against an operation the first is heard. Returns what ends it. */
  impair(impairment: Impairment): () => void {
    const own: Impairment = (operation, name) => impairment(operation, name);
    this.#impairments = [...this.#impairments, own];
    return () => {
      this.#impairments = this.#impairments.filter((other) => other !== own);
    };
  }

  /** What goes wrong with the operation that begins now. */
  faultOf(operation: DiskOperation, name: string): DiskFault | undefined {
    for (const impairment of this.#impairments) {
      const fault = impairment(operation, name);
      if (fault === undefined) continue;
      this.#failed = true;
      return fault;
    }
    return undefined;
  }

  /** The process that uses it, or used it last, may blame it: an operation went wrong, it is damaged, or a copy was put back. */
  get atFault(): boolean {
    return this.#failed || this.#damages.size > 0 || this.#putBack;
  }

  /** The disk as the process that `life` schedules sees it. It works until that process is killed or the disk crashes. */
  mount(life: ChildScheduler): MountedDisk {
    const mounted = new MountedDisk(this, life);
    this.#mounted = mounted;
    this.#failed = false;
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
    for (const { contents, tear } of this.inFlight) tear(keep, contents);
    this.inFlight.clear();
    if (how === 'kill') {
      for (const contents of this.names.values()) contents.evict(keep);
      return;
    }
    const changes = this.#changes.filter(keep);
    this.names.clear();
    for (const [name, contents] of this.#durableNames) this.names.set(name, contents);
    for (const change of changes) apply(this.names, change);
    this.#durableNames = new Map(this.names);
    this.#settled += this.#changes.length;
    this.#changes = [];
    for (const contents of new Set(this.names.values())) contents.lose(random, keep);
  }

  /**
   * What a crash at this moment may leave, as a disk of its own; nothing happens to this one. A change of the directory that is in
   * flight is not in it.
   */
  crashed(how: Crash, random: SeededRandom): SimulatedDisk {
    const disk = new SimulatedDisk(this.node, random, undefined, this.latency);
    const forks = new Map<DiskContents, DiskContents>();
    const forked = (contents: DiskContents): DiskContents => {
      let fork = forks.get(contents);
      if (fork === undefined) forks.set(contents, (fork = contents.fork()));
      return fork;
    };
    for (const [name, contents] of this.names) disk.names.set(name, forked(contents));
    for (const [name, contents] of this.#durableNames) disk.#durableNames.set(name, forked(contents));
    disk.#changes = this.#changes.map((change) => ({ ...change, contents: forked(change.contents) }));
    for (const { contents, tear } of this.inFlight) if (contents !== undefined) disk.inFlight.add({ contents: forked(contents), tear });
    disk.crash(how);
    return disk;
  }

  /** As a new disk in the place of this one. */
  wipe(): void {
    this.names.clear();
    this.#durableNames.clear();
    this.#changes = [];
    this.#damages.clear();
    this.#putBack = false;
  }

  /**
   * Does damage to a sector of a file that `random` picks: something durable, whose loss a storage can notice. Returns what undoes
   * it as far as the sector was not written since; undefined if there is none to damage.
   */
  damage(how: Damage, random: SeededRandom): (() => void) | undefined {
    let undo: (() => void) | undefined;
    for (const name of random.shuffle([...this.names.keys()].sort())) undo ??= this.names.get(name)?.damage(how, random);
    if (undo === undefined) return undefined;
    const undoing = undo;
    this.#damages.add(undoing);
    this.trace?.record('damage', this.node, how, undefined, { how });
    return () => {
      if (!this.#damages.delete(undoing)) return;
      undoing();
      // A process may have read it already.
      this.#failed = true;
    };
  }

  /** All files as a reader sees them now. */
  copy(): DiskCopy {
    return { files: copyOf(this.names) };
  }

  /** What it holds is a copy that was put back. */
  get isOldCopy(): boolean {
    return this.#putBack;
  }

  /** Puts a copy in the place of what is there: between two lives, and as often as wanted. */
  restore(copy: DiskCopy): void {
    this.putRight(copy);
    this.#putBack = true;
  }

  /** As `restore`, with a copy of the newest data: nothing is wrong with the disk then. */
  putRight({ files }: DiskCopy): void {
    this.wipe();
    for (const [name, contents] of copyOf(files)) {
      this.names.set(name, contents);
      this.#durableNames.set(name, contents);
    }
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
    if (change.change === 'rename') change.contents.publish();
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

const copyOf = (files: ReadonlyMap<string, DiskContents>): Map<string, DiskContents> =>
  new Map([...files].map(([name, contents]) => [name, contents.copy()]));

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
