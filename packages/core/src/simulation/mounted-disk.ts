import { AsyncSubject, type Observable } from 'rxjs';
import type { Disk, DiskFile } from '../storage/disk.js';
import { digestText } from '../transport/digest.js';
import type { Delay } from './delay.js';
import type { DiskOperation, InFlight, SimulatedDisk } from './disk.js';
import { DiskContents } from './disk-contents.js';
import type { SeededRandom } from './seeded-random.js';
import type { ChildScheduler } from './virtual-scheduler.js';

/** How an operation is done: what it takes, what it does, and what a crash in its middle may leave. */
interface Doing<T> {
  readonly latency: Delay;
  /** What it does when its time has come. A throw is the error of the operation. */
  readonly act: () => T;
  readonly tear?: InFlight['tear'];
  /** The file that it writes. */
  readonly contents?: DiskContents;
  /** What a sync does that fails. */
  readonly fail?: (random: SeededRandom) => void;
}

/**
 * A simulated disk as one life of a process sees it. Operations begin when called, not when subscribed to, as those of an
 * operating system do; with a latency of 0 they are done within the call. After `kill` none ever ends, and none does anything.
 */
export class MountedDisk implements Disk {
  #alive = true;

  constructor(
    readonly disk: SimulatedDisk,
    private readonly life: ChildScheduler,
  ) {}

  get alive(): boolean {
    return this.#alive && this.life.alive;
  }

  kill(): void {
    this.#alive = false;
  }

  lock(): Observable<boolean> {
    return this.perform(
      'lock',
      '',
      this.#onName(() => this.disk.lock(this)),
    );
  }

  unlock(): Observable<void> {
    return this.perform(
      'unlock',
      '',
      this.#onName(() => this.disk.unlock(this)),
    );
  }

  list(): Observable<readonly string[]> {
    return this.perform(
      'list',
      '',
      this.#onName(() => [...this.disk.names.keys()].sort()),
    );
  }

  open(name: string, mode: 'create' | 'existing'): Observable<DiskFile> {
    const { disk } = this;
    if (mode === 'existing')
      return this.perform(
        'open',
        name,
        this.#onName(() => new MountedFile(this, name, this.#existing(name))),
      );
    return this.#change('create', name, () => {
      if (disk.names.has(name)) throw platformError('EEXIST', `file already exists: ${name}`);
      const contents = new DiskContents();
      disk.change({ change: 'set', name, contents });
      return new MountedFile(this, name, contents);
    });
  }

  rename(from: string, to: string): Observable<void> {
    return this.#change('rename', from, () => this.disk.change({ change: 'rename', from, to, contents: this.#existing(from) }));
  }

  remove(name: string): Observable<void> {
    return this.#change('remove', name, () => this.disk.change({ change: 'remove', name, contents: this.#existing(name) }));
  }

  syncDirectory(): Observable<void> {
    const point = this.disk.directoryPoint();
    return this.perform('syncDirectory', '', { latency: this.disk.latency.sync, act: () => this.disk.settleDirectory(point) });
  }

  /** Begins an operation. It emits what `act` returns, and completes. */
  perform<T>(operation: DiskOperation, name: string, { latency, act, tear, contents, fail }: Doing<T>): Observable<T> {
    const { disk, life } = this;
    const answer = new AsyncSubject<T>();
    life.boundary();
    if (!this.alive) return answer;
    const fault = disk.faultOf(operation, name);
    disk.trace?.record('disk', disk.node, operation, digestText(name), disk.trace.sink && { operation, file: name });
    const inFlight: InFlight | undefined = tear && !(fault instanceof Error) ? { contents, tear } : undefined;
    if (inFlight !== undefined) disk.inFlight.add(inFlight);
    life.boundary();
    if (fault === 'hang') return answer;
    const finish = (): void => {
      if (!this.alive) return;
      if (inFlight !== undefined) disk.inFlight.delete(inFlight);
      let result: T;
      try {
        if (fault === 'failed sync') fail?.(disk.random);
        if (fault !== undefined) throw fault instanceof Error ? fault : platformError('EIO', `i/o error, ${operation} ${name}`);
        result = act();
      } catch (error) {
        answer.error(error);
        return;
      }
      life.boundary();
      if (!this.alive) return;
      answer.next(result);
      answer.complete();
    };
    const ms = latency(disk.random);
    if (ms === 0) finish();
    else this.life.schedule(finish, ms);
    return answer;
  }

  #onName<T>(act: () => T): Doing<T> {
    return { latency: this.disk.latency.name, act };
  }

  #change<T>(operation: DiskOperation, name: string, act: () => T): Observable<T> {
    const tear = (keep: () => boolean): void => {
      try {
        if (keep()) act();
      } catch {
        // It would have failed; nobody is left to be told.
      }
    };
    return this.perform(operation, name, { latency: this.disk.latency.name, act, tear });
  }

  #existing(name: string): DiskContents {
    const contents = this.disk.names.get(name);
    if (contents === undefined) throw platformError('ENOENT', `no such file: ${name}`);
    return contents;
  }
}

/** An open file. It stays usable when its name is changed or removed, as on POSIX. */
class MountedFile implements DiskFile {
  #open = true;

  constructor(
    private readonly mounted: MountedDisk,
    private readonly name: string,
    private readonly contents: DiskContents,
  ) {}

  get size(): number {
    return this.contents.size;
  }

  read(position: number, length: number): Observable<Uint8Array> {
    return this.#perform('read', this.mounted.disk.latency.read, () => this.contents.read(position, length));
  }

  write(position: number, bytes: Uint8Array): Observable<void> {
    const { contents } = this;
    return this.#perform(
      'write',
      this.mounted.disk.latency.write,
      () => contents.write(position, bytes),
      (keep, torn) => torn.write(position, bytes, keep),
    );
  }

  sync(): Observable<void> {
    const { contents } = this;
    const point = contents.syncPoint();
    return this.#perform(
      'sync',
      this.mounted.disk.latency.sync,
      () => contents.settle(point),
      undefined,
      (random) => contents.fail(point, random),
    );
  }

  writeDurably(position: number, bytes: Uint8Array): Observable<void> {
    const { contents } = this;
    const { write, sync } = this.mounted.disk.latency;
    return this.#perform(
      'writeDurably',
      (random) => write(random) + sync(random),
      () => {
        contents.write(position, bytes);
        contents.settle(contents.syncPoint());
      },
      (keep, torn) => torn.write(position, bytes, keep),
      (random) => {
        contents.write(position, bytes);
        contents.fail(contents.syncPoint(), random);
      },
    );
  }

  truncate(size: number): Observable<void> {
    const { contents } = this;
    return this.#perform(
      'truncate',
      this.mounted.disk.latency.write,
      () => contents.truncate(size),
      (keep, torn) => {
        if (keep()) torn.truncate(size);
      },
    );
  }

  close(): Observable<void> {
    return this.mounted.perform('close', this.name, {
      latency: this.mounted.disk.latency.name,
      act: () => {
        this.#open = false;
      },
    });
  }

  #perform<T>(
    operation: DiskOperation,
    latency: Delay,
    act: () => T,
    tear?: (keep: () => boolean, contents: DiskContents) => void,
    fail?: (random: SeededRandom) => void,
  ): Observable<T> {
    const { contents } = this;
    const whileOpen = (): T => {
      if (!this.#open) throw platformError('EBADF', `${operation} on closed file ${this.name}`);
      return act();
    };
    return this.mounted.perform(operation, this.name, {
      latency,
      act: whileOpen,
      contents,
      ...(tear && { tear: (keep, torn = contents) => tear(keep, torn) }),
      ...(fail && { fail }),
    });
  }
}

/** An error with a `code`, as platforms have. */
export const platformError = (code: string, message: string): Error & { readonly code: string } =>
  Object.assign(new Error(`${code}: ${message}`), { code });
