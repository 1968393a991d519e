import type { LogRecord, Recovered, StorageIdentity } from '@synod/core';
import { storageSuite } from '@synod/core/testing';
import { expect, test } from 'vitest';
import { brokenRules } from './broken-rules.js';
import { type Data, ReferencePlace, ReferenceStorage } from './reference-storage.js';

/** The rules that a storage breaks, by the cases that find it out. */
const brokenBy = (
  Storage: new (place: ReferencePlace) => ReferenceStorage,
  { Place = ReferencePlace, patience = 20_000 } = {},
): Promise<string[]> =>
  brokenRules((runner) =>
    storageSuite(runner, {
      patience,
      name: 'on trial',
      capabilities: { durable: true },
      failing: true,
      create: async () => new Place((place) => new Storage(place)),
    }),
  );

const bugs: readonly [bug: string, Storage: new (place: ReferencePlace) => ReferenceStorage, cases: readonly string[]][] = [
  [
    'says of itself what it is not',
    class extends ReferenceStorage {
      override readonly capabilities = { durable: false };
    },
    ['says of itself what its subject says'],
  ],
  [
    'takes itself for new as long as it is empty',
    class extends ReferenceStorage {
      override async open(identity: StorageIdentity): Promise<Recovered> {
        const recovered = await super.open(identity);
        return recovered.position === 0 ? { ...recovered, generation: identity.newGeneration } : recovered;
      }
    },
    ['keeps the generation that it was given first', 'can be opened again when a crash interrupted its opening, first or later'],
  ],
  [
    'forgets what was appended last when it is closed',
    class extends ReferenceStorage {
      #writing = false;
      #forgets = false;
      protected override async write(records: readonly LogRecord[]): Promise<void> {
        const before = this.place.data;
        this.#writing = true;
        await super.write(records);
        this.#writing = false;
        if (this.#forgets) this.place.data = before;
      }
      override close(): Promise<void> {
        this.#forgets = this.#writing;
        return super.close();
      }
    },
    ['is closed while it appends: what it acknowledged stays'],
  ],
  [
    'mixes up roles whose names differ in case alone',
    class extends ReferenceStorage {
      override append(records: readonly LogRecord[]): Promise<void> {
        return super.append(records.map(({ role, bytes }) => ({ role: role.toLowerCase(), bytes })));
      }
    },
    ['tells roles apart whatever their names are'],
  ],
  [
    'turns the order of two records round',
    class extends ReferenceStorage {
      override append(records: readonly LogRecord[]): Promise<void> {
        return super.append(records.length === 5 ? records.toReversed() : records);
      }
    },
    ['finds the records of every role again, in the order of appending'],
  ],
  [
    'loses count of its positions',
    class extends ReferenceStorage {
      protected override recovered(data: Data, identity: StorageIdentity): Recovered {
        const recovered = super.recovered(data, identity);
        return { ...recovered, position: data.log.length === 12 ? 3 : recovered.position };
      }
    },
    [
      'counts positions on from life to life, without a gap',
      'finds every acknowledged record after a crash at any moment, and of the rest a prefix',
    ],
  ],
  [
    'counts an empty batch as a record',
    class extends ReferenceStorage {
      override append(records: readonly LogRecord[]): Promise<void> {
        return super.append(records.length === 0 ? [{ role: 'empty', bytes: new Uint8Array(0) }] : records);
      }
    },
    ['takes an empty batch, which has no position'],
  ],
  [
    'loses the last byte of a record of 64 KiB',
    class extends ReferenceStorage {
      override append(records: readonly LogRecord[]): Promise<void> {
        return super.append(records.map(({ role, bytes }) => ({ role, bytes: bytes.length === 65_536 ? bytes.subarray(1) : bytes })));
      }
    },
    ['keeps records of one byte up to 1 MiB unchanged, whatever their bytes are'],
  ],
  [
    'loses what does not fit into a batch',
    class extends ReferenceStorage {
      override append(records: readonly LogRecord[]): Promise<void> {
        return super.append(records.slice(0, 499));
      }
    },
    ['keeps many small records'],
  ],
  [
    'drops one record too few with a checkpoint',
    class extends ReferenceStorage {
      override checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Promise<void> {
        return super.checkpoint(role, covers === 7 ? covers - 1 : covers, state);
      }
    },
    ['replaces the records that a checkpoint covers, and no others'],
  ],
  [
    'joins the pieces of a checkpoint',
    class extends ReferenceStorage {
      protected override async pull(state: Iterable<Uint8Array>): Promise<readonly Uint8Array[]> {
        const pieces = await super.pull(state);
        return pieces.length > 100 ? [Buffer.concat(pieces)] : pieces;
      }
    },
    ['hands a checkpoint back in the pieces in which it was written'],
  ],
  [
    'takes a checkpoint of no pieces for none',
    class extends ReferenceStorage {
      protected override async replace(...[role, checkpoint]: Parameters<ReferenceStorage['replace']>): Promise<void> {
        if (checkpoint.pieces.length > 0) await super.replace(role, checkpoint);
      }
    },
    ['takes a checkpoint of no pieces for a state like any other'],
  ],
  [
    'lets a checkpoint take what was appended beside it',
    class extends ReferenceStorage {
      override async checkpoint(role: string, covers: number, state: Iterable<Uint8Array>): Promise<void> {
        const before = this.place.data.log.length;
        await super.checkpoint(role, covers, state);
        const beside = this.place.data.log.length - before;
        if (beside > 0) await super.checkpoint(role, covers + beside, this.place.data.checkpoints.get(role)!.pieces);
      }
    },
    ['appends beside a checkpoint that is being written, and writes those of two roles side by side'],
  ],
  [
    'goes on after a checkpoint whose state could not be had',
    class extends ReferenceStorage {
      protected override failed(error: Error): void {
        if (error.message !== 'no state') super.failed(error);
      }
    },
    ['keeps the older checkpoint when the state of the next cannot be had, and acknowledges nothing more'],
  ],
  [
    'takes records before it is open',
    class extends ReferenceStorage {
      #opened = false;
      override open(identity: StorageIdentity): Promise<Recovered> {
        this.#opened = true;
        return super.open(identity);
      }
      protected override check(): void {
        if (this.#opened) super.check();
      }
    },
    ['acknowledges nothing before open and after close'],
  ],
  [
    'has no lock',
    class extends ReferenceStorage {
      protected override lock(): void {}
    },
    ['is opened by one at a time: a second is refused, and the first goes on'],
  ],
  [
    'opens the data of another node',
    class extends ReferenceStorage {
      protected override checkIdentity(known: StorageIdentity, identity: StorageIdentity): void {
        super.checkIdentity(known, { ...identity, node: known.node });
      }
    },
    ['is opened by its own node alone: the data of another node or cluster are refused, and stay'],
  ],
  [
    'opens the data of another cluster',
    class extends ReferenceStorage {
      protected override checkIdentity(known: StorageIdentity, identity: StorageIdentity): void {
        super.checkIdentity(known, { ...identity, cluster: known.cluster });
      }
    },
    ['is opened by its own node alone: the data of another node or cluster are refused, and stay'],
  ],
  [
    'goes on after an error of append, once the disk works again',
    class extends ReferenceStorage {
      protected override async write(records: readonly LogRecord[]): Promise<void> {
        const { failing } = this.place;
        try {
          await super.write(records);
        } catch (error) {
          if (failing) this.place.failing = false;
          throw error;
        }
      }
      protected override failed(error: Error): void {
        if (!('code' in error) || error.code !== 'STORAGE_FAILED') super.failed(error);
      }
    },
    [
      'acknowledges nothing more after an error of append, and loses nothing',
      'acknowledges nothing more after an error of checkpoint, and loses nothing',
    ],
  ],
  [
    'acknowledges before it is durable',
    class extends ReferenceStorage {
      #written: Promise<void> = Promise.resolve();
      protected override async write(records: readonly LogRecord[]): Promise<void> {
        this.check();
        const before = this.#written;
        this.#written = before.then(() => super.write(records)).catch((error: Error) => this.failed(error));
        await before;
      }
      override async close(): Promise<void> {
        await this.#written;
        await super.close();
      }
    },
    [
      'finds every acknowledged record after a crash at any moment, and of the rest a prefix',
      'finds of a batch that a crash cut the whole, a part from its front, or nothing',
      'finds the older checkpoint, and the records above it, when a crash interrupts the next',
    ],
  ],
  [
    'may find the back of a batch that was cut',
    class extends ReferenceStorage {
      protected override parts(records: readonly LogRecord[]): readonly LogRecord[][] {
        return records.length > 2 ? [records.slice(1)] : super.parts(records);
      }
    },
    ['finds of a batch that a crash cut the whole, a part from its front, or nothing'],
  ],
  [
    'gives the older checkpoint up before the newer is durable',
    class extends ReferenceStorage {
      protected override async replace(...[role, checkpoint]: Parameters<ReferenceStorage['replace']>): Promise<void> {
        const { data } = this.place;
        const checkpoints = new Map(data.checkpoints);
        checkpoints.delete(role);
        this.place.data = { ...data, checkpoints };
        await super.replace(role, checkpoint);
      }
    },
    ['finds the older checkpoint, and the records above it, when a crash interrupts the next'],
  ],
  [
    'refuses what an interrupted first opening left',
    class extends ReferenceStorage {
      protected override create(identity: StorageIdentity): Promise<StorageIdentity> {
        const half = { ...this.place.data, identity: { ...identity, node: '' } };
        return this.place.while(
          () => [half],
          () => super.create(identity),
        );
      }
    },
    ['can be opened again when a crash interrupted its opening, first or later'],
  ],
];

test('a storage that keeps the rules breaks none', async () => {
  expect(await brokenBy(ReferenceStorage)).toEqual([]);
});

test.concurrent.each(bugs)('a storage that %s is found out', async (_, Storage, cases) => {
  expect(await brokenBy(Storage)).toEqual(cases);
});

test('a storage that never gives space back is found out', async () => {
  class Hoarding extends ReferencePlace {
    override async size(): Promise<number> {
      return this.data.log.reduce((sum, { bytes }) => sum + bytes.length, 0);
    }
  }
  expect(await brokenBy(ReferenceStorage, { Place: Hoarding, patience: 3_000 })).toEqual([
    'gives back the space of what checkpoints replaced',
  ]);
});
