import { type LogRecord, type Recovered, type Storage, StorageError, type StorageIdentity } from '@synod/core';
import type { StoragePlace } from '@synod/core/testing';

interface Checkpoint {
  readonly covers: number;
  readonly pieces: readonly Uint8Array[];
}

/** What is durable. Never changed, only replaced. */
export interface Data {
  readonly identity: StorageIdentity | undefined;
  /** All records ever, by position; what a checkpoint covers is skipped by readers. */
  readonly log: readonly LogRecord[];
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
}

const EMPTY: Data = { identity: undefined, log: [], checkpoints: new Map() };

/** The next turn of the event loop, in which a crash may come. */
const moment = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

const covered = ({ checkpoints }: Data, role: string): number => checkpoints.get(role)?.covers ?? 0;

/** A durable storage in memory, in the fewest words: data are replaced as a whole, and a crash leaves the older or the newer. */
export class ReferencePlace implements StoragePlace {
  data: Data;
  /** What a crash may leave instead, of an operation that is under way. */
  readonly underWay = new Set<() => readonly Data[]>();
  locked = false;
  failing = false;

  constructor(
    readonly make: (place: ReferencePlace) => ReferenceStorage,
    data = EMPTY,
  ) {
    this.data = data;
  }

  storage(): ReferenceStorage {
    return this.make(this);
  }

  async crashes(): Promise<readonly StoragePlace[]> {
    const left = [this.data, ...[...this.underWay].flatMap((parts) => parts())];
    return left.map((data) => new ReferencePlace(this.make, data));
  }

  async size(): Promise<number> {
    return this.data.log.reduce((sum, { role, bytes }, at) => sum + (at < covered(this.data, role) ? 0 : bytes.length), 0);
  }

  fail(): void {
    this.failing = true;
  }

  async close(): Promise<void> {}

  /** Does `work` while a crash may leave `parts` too. */
  async while<T>(parts: () => readonly Data[], work: () => Promise<T>): Promise<T> {
    this.underWay.add(parts);
    try {
      return await work();
    } finally {
      this.underWay.delete(parts);
    }
  }
}

export class ReferenceStorage implements Storage {
  readonly capabilities = { durable: true };
  protected isOpen = false;
  protected failure: Error | undefined;
  #busy: Promise<unknown> = Promise.resolve();

  constructor(readonly place: ReferencePlace) {}

  async open(identity: StorageIdentity): Promise<Recovered> {
    this.lock();
    try {
      const known = this.place.data.identity ?? (await this.create(identity));
      this.checkIdentity(known, identity);
      this.isOpen = true;
      return this.recovered(this.place.data, known);
    } catch (error) {
      this.place.locked = false;
      throw error;
    }
  }

  append(records: readonly LogRecord[]): Promise<void> {
    return this.busy(() => this.write(records));
  }

  checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Promise<void> {
    return this.busy(async () => {
      this.check();
      const pieces = await this.pull(state);
      this.check();
      await this.replace(role, { covers, pieces });
    });
  }

  async close(): Promise<void> {
    await this.#busy;
    if (this.isOpen) this.place.locked = false;
    this.isOpen = false;
  }

  protected lock(): void {
    if (this.place.locked) throw new StorageError('STORAGE_LOCKED', 'in use');
    this.place.locked = true;
  }

  protected async create(identity: StorageIdentity): Promise<StorageIdentity> {
    await moment();
    this.place.data = { ...this.place.data, identity };
    return identity;
  }

  protected checkIdentity(known: StorageIdentity, { node, cluster }: StorageIdentity): void {
    if (known.node !== node || known.cluster !== cluster) throw new StorageError('FOREIGN_STORAGE', 'of another');
  }

  protected recovered(data: Data, { newGeneration: generation }: StorageIdentity): Recovered {
    const names = new Set([...data.log.map(({ role }) => role), ...data.checkpoints.keys()]);
    const roles = [...names].map((role) => {
      const checkpoint = data.checkpoints.get(role)?.pieces;
      const records = data.log.flatMap((record, at) => (record.role === role && at >= covered(data, role) ? [record.bytes] : []));
      return [role, { ...(checkpoint && { checkpoint }), records }] as const;
    });
    return { generation, position: data.log.length, roles: new Map(roles) };
  }

  protected check(): void {
    if (!this.isOpen) throw new StorageError('STORAGE_NOT_OPEN', 'not open');
    if (this.failure) throw this.failure;
    if (this.place.failing) throw new StorageError('STORAGE_FAILED', 'the disk is broken');
  }

  /** What of a batch a crash may leave. */
  protected parts(records: readonly LogRecord[]): readonly LogRecord[][] {
    return [records.slice(0, Math.ceil(records.length / 2)), [...records]];
  }

  protected async write(records: readonly LogRecord[]): Promise<void> {
    this.check();
    await this.place.while(() => this.parts(records).map((part) => this.with(part)), moment);
    this.check();
    this.place.data = this.with(records);
  }

  protected async pull(state: Iterable<Uint8Array>): Promise<readonly Uint8Array[]> {
    const pieces = [...state];
    await moment();
    return pieces;
  }

  protected async replace(role: string, checkpoint: Checkpoint): Promise<void> {
    await moment();
    const { data } = this.place;
    this.place.data = { ...data, checkpoints: new Map(data.checkpoints).set(role, checkpoint) };
  }

  protected with(records: readonly LogRecord[]): Data {
    const { data } = this.place;
    return { ...data, log: [...data.log, ...records] };
  }

  /** What closing waits for. The first error is that of every later call. */
  protected busy(work: () => Promise<void>): Promise<void> {
    const doing = work().catch((error: Error) => {
      this.failed(error);
      throw error;
    });
    this.#busy = Promise.allSettled([this.#busy, doing]);
    return doing;
  }

  protected failed(error: Error): void {
    if (this.isOpen) this.failure ??= error;
  }
}
