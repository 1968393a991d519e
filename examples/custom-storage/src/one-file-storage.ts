import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import {
  type Disk,
  type DiskFile,
  type LogRecord,
  type Recovered,
  STORAGE,
  StoppedError,
  type Storage,
  StorageError,
  type StorageIdentity,
  SynodError,
} from '@synod/core';
import { NodeDisk } from '@synod/storage-file';
import { ContainerModule } from 'inversify';
import { from, lastValueFrom, type ObservableInput } from 'rxjs';

type Role = { checkpoint?: Uint8Array[]; records: { position: number; bytes: Uint8Array }[] };
/** All that the storage holds: the contents of the first frame. Every other frame is a batch of records. */
type Kept = { cluster: string; node: string; generation: string; position: number; roles: Map<string, Role> };

const [FILE, NEXT, HEADER_BYTES] = ['data', 'data.next', 12];

const done = <T>(input: ObservableInput<T>): Promise<T> => lastValueFrom(from(input), { defaultValue: undefined as T });

const add = (kept: Kept, batch: readonly LogRecord[]): void => {
  for (const { role, bytes } of batch) {
    const found = kept.roles.get(role) ?? { records: [] };
    found.records.push({ position: kept.position++, bytes });
    kept.roles.set(role, found);
  }
};

/** Before its contents: their length, their checksum, and the checksum of both and of where the frame is, for a copy is no frame. */
const frame = (at: number, contents: unknown): Buffer => {
  const body = serialize(contents);
  const bytes = Buffer.concat([Buffer.alloc(HEADER_BYTES), body]);
  bytes.writeUInt32BE(body.length, 0);
  bytes.writeUInt32BE(crc32(body), 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8), at >>> 0), 8);
  return bytes;
};

const bodyAt = (bytes: Buffer, at: number): Buffer | undefined => {
  if (at + HEADER_BYTES > bytes.length || crc32(bytes.subarray(at, at + 8), at >>> 0) !== bytes.readUInt32BE(at + 8)) return undefined;
  const body = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + bytes.readUInt32BE(at));
  return crc32(body) === bytes.readUInt32BE(at + 4) ? body : undefined;
};

/** Keeps everything in memory, and in one file: what a checkpoint leaves, then a frame for each batch. */
export class OneFileStorage implements Storage {
  readonly capabilities = { durable: true };
  /** One thing at a time. An error breaks the chain, so nothing after it is ever acknowledged. */
  #last: Promise<unknown> = Promise.resolve();
  #locked = false;
  #open: { readonly file: DiskFile; readonly kept: Kept; end: number } | undefined;
  #closed: Promise<void> | undefined;

  constructor(readonly disk: Disk) {}

  open({ cluster, node, newGeneration }: StorageIdentity): Promise<Recovered> {
    return this.#next(async () => {
      this.#locked = await done(this.disk.lock());
      if (!this.#locked) throw new StorageError('STORAGE_LOCKED', 'another storage has this directory open; stop it first');
      try {
        if ((await done(this.disk.list())).includes(FILE)) await this.#read();
        else await this.#rewrite({ cluster, node, generation: newGeneration, position: 0, roles: new Map() });
        const { kept } = this.#opened;
        if (kept.cluster !== cluster || kept.node !== node)
          throw new StorageError('FOREIGN_STORAGE', `the data are those of node ${kept.node} of cluster ${kept.cluster}`);
        const { generation, position } = kept;
        const roles = [...kept.roles].map(([name, role]) => [name, { ...role, records: role.records.map(({ bytes }) => bytes) }] as const);
        return { generation, position, roles: new Map(roles) };
      } catch (error) {
        await this.#free();
        throw error;
      }
    });
  }

  append(records: readonly LogRecord[]): Promise<void> {
    return this.#next(async () => {
      const open = this.#opened;
      if (records.length === 0) return;
      const bytes = frame(open.end, records);
      await done(open.file.writeDurably(open.end, bytes));
      open.end += bytes.length;
      add(open.kept, records);
    });
  }

  async checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Promise<void> {
    const pulled = pull(state);
    // Appends go on meanwhile. If it fails, that breaks the chain too.
    await pulled.catch(() => {});
    return this.#next(async () => {
      const { kept, file } = this.#opened;
      const records = (kept.roles.get(role)?.records ?? []).filter(({ position }) => position >= covers);
      await this.#rewrite({ ...kept, roles: new Map(kept.roles).set(role, { checkpoint: await pulled, records }) });
      await done(file.close());
    });
  }

  close(): Promise<void> {
    const free = () => this.#free();
    this.#closed ??= this.#last.then(free, free);
    this.#last = this.#closed.then(() => Promise.reject(new StoppedError('STOPPED', 'the storage is closed')));
    this.#last.catch(() => {});
    return this.#closed;
  }

  async #read(): Promise<void> {
    const file = await done(this.disk.open(FILE, 'existing'));
    const { buffer, byteOffset, length } = await done(file.read(0, file.size));
    const bytes = Buffer.from(buffer, byteOffset, length);
    const damaged = (at: number) => new StorageError('DAMAGED_LOG', `${FILE} is damaged at byte ${at}: acknowledged records are lost`);
    const first = bodyAt(bytes, 0);
    // It was renamed when it was whole.
    if (first === undefined) throw damaged(0);
    const kept: Kept = deserialize(first);
    let end = HEADER_BYTES + first.length;
    for (let body = bodyAt(bytes, end); body; body = bodyAt(bytes, end)) {
      add(kept, deserialize(body));
      end += HEADER_BYTES + body.length;
    }
    // The last batch may be torn: nobody was told of it. None begins before the one in front of it is durable.
    for (let at = end + 1; at < length; at++) if (bodyAt(bytes, at)) throw damaged(end);
    await done(file.truncate(end));
    // What a process that died has written is shown, but need not be on the disk yet: neither bytes nor names.
    await done(file.sync());
    await done(this.disk.syncDirectory());
    this.#open = { file, kept, end };
  }

  /** A new file, whole and durable before it takes the place of the old one. */
  async #rewrite(kept: Kept): Promise<void> {
    if ((await done(this.disk.list())).includes(NEXT)) await done(this.disk.remove(NEXT));
    const file = await done(this.disk.open(NEXT, 'create'));
    const bytes = frame(0, kept);
    await done(file.writeDurably(0, bytes));
    await done(this.disk.rename(NEXT, FILE));
    await done(this.disk.syncDirectory());
    this.#open = { file, kept, end: bytes.length };
  }

  get #opened() {
    if (this.#open) return this.#open;
    throw new StorageError('STORAGE_NOT_OPEN', 'wait for open to complete first');
  }

  async #free(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open) await done(open.file.close());
    if (this.#locked) await done(this.disk.unlock());
    this.#locked = false;
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work).catch((error) => {
      throw error instanceof SynodError ? error : new StorageError('STORAGE_FAILED', `the disk failed: ${error}`, { cause: error });
    });
    this.#last = next;
    next.catch(() => {});
    return next;
  }
}

/** Piece by piece, with other work between. */
const pull = async (state: Iterable<Uint8Array>): Promise<Uint8Array[]> => {
  const pieces: Uint8Array[] = [];
  for (const piece of state) {
    pieces.push(piece);
    await setImmediate();
  }
  return pieces;
};

/** The storage as a part of a deployment. */
export const oneFileStorage = (options: { readonly directory: string }): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(STORAGE)
      .toDynamicValue(() => new OneFileStorage(new NodeDisk(options.directory)))
      .inSingletonScope();
  });
