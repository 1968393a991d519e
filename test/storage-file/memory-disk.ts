import type { Disk, DiskFile } from '@synod/core';
import { defer, NEVER, Observable, of, throwError } from 'rxjs';

/** Decides, for one thing that was not synced, whether it survives the crash. */
export type Survives = () => boolean;

class Inode {
  /** What a crash leaves for sure. */
  durable = new Uint8Array(0);
  current = new Uint8Array(0);
  /** Sectors that were written since the last sync. */
  readonly dirty = new Set<number>();

  write(position: number, bytes: Uint8Array, sector: number): void {
    if (position + bytes.length > this.current.length) this.resize(position + bytes.length);
    this.current.set(bytes, position);
    for (let at = Math.floor(position / sector); at * sector < position + bytes.length; at++) this.dirty.add(at);
  }

  resize(size: number): void {
    const grown = new Uint8Array(size);
    grown.set(this.current.subarray(0, size));
    this.current = grown;
  }

  sync(): void {
    this.durable = this.current.slice();
    this.dirty.clear();
  }

  /** Of `length` bytes from `position`, and no others: as little as any platform does. */
  syncRange(position: number, length: number, sector: number): void {
    const grown = new Uint8Array(this.current.length);
    grown.set(this.durable);
    for (let at = Math.floor(position / sector); at * sector < position + length; at++) {
      grown.set(this.current.subarray(at * sector, (at + 1) * sector), at * sector);
      this.dirty.delete(at);
    }
    this.durable = grown;
  }

  afterCrash(survives: Survives, sector: number): Inode {
    const image = new Inode();
    const size = this.current.length === this.durable.length || survives() ? this.current.length : this.durable.length;
    image.current = new Uint8Array(size);
    image.current.set(this.durable.subarray(0, size));
    for (const at of this.dirty) {
      if (at * sector < size && survives())
        image.current.set(this.current.subarray(at * sector, Math.min((at + 1) * sector, size)), at * sector);
    }
    image.sync();
    return image;
  }
}

const failed = (code: string, operation: string): Error => Object.assign(new Error(`${code} ${operation}`), { code });

type NameChange = (names: Map<string, Inode>) => void;

/**
 * A disk in memory that keeps what was synced apart from what was not. It can stop at any operation, as a power cut does, or fail;
 * then `afterCrash` is the disk that a restarted machine finds. Its operations complete synchronously unless they are held.
 */
export class MemoryDisk implements Disk {
  names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #nameChanges: NameChange[] = [];
  #locked = false;
  #held: (() => void)[] | undefined;

  operations = 0;
  /** The operation, counted from 1, in the midst of which the power goes. */
  crashAt = Number.POSITIVE_INFINITY;
  /** Operations that fail, by name, as `writeDurably segment-0000000001`; with the code that is returned, or with EIO. */
  fails: (operation: string) => boolean | string = () => false;
  readonly history: string[] = [];

  constructor(readonly sector = 128) {}

  get crashed(): boolean {
    return this.operations >= this.crashAt;
  }

  /** What is found after a power cut. */
  afterCrash(survives: Survives): MemoryDisk {
    const disk = new MemoryDisk(this.sector);
    const images = new Map<Inode, Inode>();
    const names = new Map(this.#durableNames);
    for (const change of this.#nameChanges) if (survives()) change(names);
    for (const [name, inode] of names) {
      if (!images.has(inode)) images.set(inode, inode.afterCrash(survives, this.sector));
      disk.names.set(name, images.get(inode) as Inode);
    }
    disk.#durableNames = new Map(disk.names);
    return disk;
  }

  /** What is found after the process died and the machine did not. */
  afterKill(): MemoryDisk {
    const disk = new MemoryDisk(this.sector);
    disk.names = this.names;
    disk.#durableNames = this.#durableNames;
    disk.#nameChanges = this.#nameChanges;
    return disk;
  }

  contents(name: string): Uint8Array {
    const inode = this.names.get(name);
    if (!inode) throw new Error(`there is no ${name}`);
    return inode.current;
  }

  /** Puts `bytes` there, as if they had always been. */
  put(name: string, bytes: Uint8Array): void {
    const inode = new Inode();
    inode.current = bytes.slice();
    inode.sync();
    this.names.set(name, inode);
    this.#durableNames.set(name, inode);
  }

  delete(name: string): void {
    this.names.delete(name);
    this.#durableNames.delete(name);
  }

  /** From now on operations take effect only when they are released. */
  hold(): void {
    this.#held = [];
  }

  get held(): number {
    return this.#held?.length ?? 0;
  }

  /** Lets the oldest held operation happen. */
  release(): void {
    this.#held?.shift()?.();
  }

  /** Lets the youngest held operation happen before the others. */
  swap(): void {
    this.#held?.unshift(this.#held.pop() as () => void);
  }

  /** Lets all of them happen, and those that follow. */
  releaseAll(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const operation of held) operation();
  }

  lock(): Observable<boolean> {
    return this.#do('lock', () => {
      const free = !this.#locked;
      this.#locked = true;
      return free;
    });
  }

  unlock(): Observable<unknown> {
    return this.#do('unlock', () => {
      this.#locked = false;
    });
  }

  list(): Observable<readonly string[]> {
    return this.#do('list', () => [...this.names.keys()]);
  }

  open(name: string, mode: 'create' | 'existing'): Observable<DiskFile> {
    return this.#do(`open ${name}`, () => {
      if (mode === 'create') {
        if (this.names.has(name)) throw new Error(`EEXIST ${name}`);
        const made = new Inode();
        this.#change((names) => names.set(name, made));
      }
      const inode = this.names.get(name);
      if (!inode) throw new Error(`ENOENT ${name}`);
      return this.#file(name, inode);
    });
  }

  rename(from: string, to: string): Observable<unknown> {
    return this.#do(`rename ${from}`, () => {
      const inode = this.names.get(from);
      if (!inode) throw new Error(`ENOENT ${from}`);
      this.#change((names) => {
        names.delete(from);
        names.set(to, inode);
      });
    });
  }

  remove(name: string): Observable<unknown> {
    return this.#do(`remove ${name}`, () => {
      if (!this.names.has(name)) throw new Error(`ENOENT ${name}`);
      this.#change((names) => names.delete(name));
    });
  }

  syncDirectory(): Observable<unknown> {
    return this.#sync('syncDirectory', () => {
      this.#durableNames = new Map(this.names);
      this.#nameChanges = [];
    });
  }

  #file(name: string, inode: Inode): DiskFile {
    return {
      get size() {
        return inode.current.length;
      },
      read: (position, length) => this.#do(`read ${name}`, () => inode.current.slice(position, position + length)),
      write: (position, bytes) => this.#do(`write ${name}`, () => inode.write(position, bytes, this.sector)),
      sync: () => this.#sync(`sync ${name}`, () => inode.sync()),
      writeDurably: (position, bytes) =>
        this.#do(
          `writeDurably ${name}`,
          () => inode.write(position, bytes, this.sector),
          () => inode.syncRange(position, bytes.length, this.sector),
        ),
      truncate: (size) => this.#do(`truncate ${name}`, () => inode.resize(size)),
      close: () => this.#do(`close ${name}`, () => {}),
    };
  }

  #change(change: NameChange): void {
    change(this.names);
    this.#nameChanges.push(change);
  }

  #sync(operation: string, sync: () => void): Observable<unknown> {
    return this.#do(operation, () => {}, sync);
  }

  /** `effect` may be found after a crash in the midst of the operation; `sync` only happens if it completes. */
  #do<T>(operation: string, effect: () => T, sync: () => void = () => {}): Observable<T> {
    return defer(() => {
      if (this.crashed) return NEVER;
      const happen = (): Observable<T> => {
        if (this.crashed) return NEVER;
        this.operations++;
        this.history.push(operation);
        const failure = this.fails(operation);
        if (failure) return throwError(() => failed(failure === true ? 'EIO' : failure, operation));
        const result = effect();
        if (this.crashed) return NEVER;
        sync();
        return of(result);
      };
      if (!this.#held) return happen();
      return new Observable<T>((subscriber) => {
        this.#held?.push(() => happen().subscribe(subscriber));
      });
    });
  }
}
