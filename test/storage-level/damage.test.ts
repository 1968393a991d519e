import { fork } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { LevelStorage } from '@synod/storage-level';
import { ClassicLevel } from 'classic-level';
import { expect, test } from 'vitest';
import { ACCEPTOR, append, checkpointOf, contents, copyOf, directory, done, LEARNER, life, pieces, record } from './support.js';

/** What `open` finds, or the code of its error. */
const outcome = (at: string) =>
  life(at, (_, recovered) => ({ checkpoint: checkpointOf(recovered), records: contents(recovered), position: recovered.position })).catch(
    (error: { code?: string }) => error.code,
  );

const filesIn = (at: string, ending: string): string[] =>
  readdirSync(at)
    .filter((name) => name.endsWith(ending))
    .sort();

const flip = (file: string, offset: number): void => {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] as number) ^ 0x10;
  writeFileSync(file, bytes);
};

type Database = ClassicLevel<string, Uint8Array>;

/** The database, edited behind the storage's back. */
const edit = async (at: string, change: (db: Database) => Promise<unknown>): Promise<void> => {
  const db = new ClassicLevel<string, Uint8Array>(at, { valueEncoding: 'view' });
  try {
    await change(db);
  } finally {
    await db.close();
  }
};

/** A checkpoint, and records above it. */
const stopped = async (): Promise<string> => {
  const at = directory();
  await life(at, async (storage) => {
    await append(storage, 'one', 'two');
    await done(storage.checkpoint(ACCEPTOR, 2, pieces('state', 'of both')));
    await append(storage, 'three');
    await done(storage.append([record('other', LEARNER)]));
    await append(storage, 'four');
  });
  return at;
};

const WHOLE = { checkpoint: ['state', 'of both'], records: ['three', 'four'], position: 5 };

/** Opens a copy with one wrong byte for each case, as long as the process lives. */
const openDamaged = (at: string, cases: readonly { table: string; offset: number }[]) =>
  new Promise<{ results: string[]; signal: string | null }>((resolve) => {
    const child = fork(fileURLToPath(new URL('./open-damaged.mjs', import.meta.url)), [at, JSON.stringify(WHOLE)], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const results: string[] = [];
    child.on('message', (result) => results.push(String(result)));
    child.on('close', (_, signal) => resolve({ results, signal }));
    child.send(cases);
  });

const key = (role: string, position: number): string => `record/${encodeURIComponent(role)}/${String(position).padStart(16, '0')}`;

test.each([
  ['a record', (db: Database) => db.del(key(ACCEPTOR, 2)), 'DAMAGED_LOG'],
  ['the last record of a role', (db: Database) => db.del(key(ACCEPTOR, 4)), 'DAMAGED_LOG'],
  ['the only record of a role', (db: Database) => db.del(key(LEARNER, 3)), 'DAMAGED_LOG'],
  ['the position', (db: Database) => db.del('position'), 'DAMAGED_LOG'],
  ['the mark that a checkpoint is in force', (db: Database) => db.clear({ gt: 'checkpoint/', lt: 'identity' }), 'DAMAGED_LOG'],
  ['the first piece of a checkpoint', (db: Database) => db.clear({ gt: 'piece/', limit: 1 }), 'DAMAGED_CHECKPOINT'],
  [
    'the last piece of a checkpoint',
    (db: Database) => db.clear({ gt: 'piece/', lt: 'position', limit: 1, reverse: true }),
    'DAMAGED_CHECKPOINT',
  ],
  ['the identity', (db: Database) => db.del('identity'), 'DAMAGED_IDENTITY'],
])('where %s is missing, open refuses', async (_, remove, code) => {
  const at = await stopped();
  await edit(at, remove);
  expect(await outcome(at)).toBe(code);
  // Nothing was tidied up.
  expect(await outcome(at)).toBe(code);
});

test.each([
  [key(ACCEPTOR, 2), 'DAMAGED_LOG'],
  ['position', 'DAMAGED_LOG'],
  ['checkpoint/counters%2Facceptor', 'DAMAGED_CHECKPOINT'],
  ['piece/0000000000000000/0000000000000001', 'DAMAGED_CHECKPOINT'],
  ['identity', 'DAMAGED_IDENTITY'],
])('where %s is not what was written, open refuses', async (name, code) => {
  const at = await stopped();
  await edit(at, async (db) => {
    const value = Uint8Array.from((await db.get(name)) as Uint8Array);
    value[value.length - 1] = (value.at(-1) as number) ^ 1;
    await db.put(name, value);
  });
  expect(await outcome(at)).toBe(code);
});

test('a format that this version does not know is refused', async () => {
  const at = await stopped();
  await edit(at, async (db) => {
    const text = Buffer.from('{"format":2,"cluster":"shop","node":"a","generation":"first"}');
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32BE(crc32(text, crc32('identity')));
    await db.put('identity', Buffer.concat([checksum, text]));
  });
  expect(await outcome(at)).toBe('UNKNOWN_FORMAT');
});

test('one wrong byte in a table is refused, or harmless, or ends the process: never is anything else found', {
  timeout: 120_000,
}, async () => {
  const at = await stopped();
  const cases = filesIn(at, '.ldb').flatMap((table) => {
    const { size } = statSync(join(at, table));
    return Array.from({ length: Math.ceil(size / 7) }, (_, i) => ({ table, offset: i * 7 }));
  });
  const outcomes = new Map<string, number>();
  for (let next = 0; next < cases.length; ) {
    // LevelDB as classic-level opens it trusts its tables, and asserts on what it makes of them: hence in a process of their own.
    const { results, signal } = await openDamaged(at, cases.slice(next));
    next += results.length;
    if (next < cases.length) {
      expect(signal).toBeTruthy();
      next++;
      results.push('ended');
    }
    for (const result of results) outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
  }
  expect([...outcomes.keys()].filter((outcome) => !/^(DAMAGED_.*|STORAGE_FAILED|ended|whole)$/.test(outcome))).toEqual([]);
});

test.each(['.ldb', 'CURRENT'])('a database that lost its %s is refused, and left as it is', async (ending) => {
  const at = await stopped();
  for (const name of filesIn(at, ending)) rmSync(join(at, name));
  const before = filesIn(at, '.ldb');
  expect(await outcome(at)).toBe('DAMAGED_LOG');
  expect(filesIn(at, '.ldb')).toEqual(before);
});

/** As `kill -9` leaves it, nothing sorted into tables, with the lengths of LevelDB's log when each batch was acknowledged. */
const killed = (...batches: string[]) => {
  const at = directory();
  return life(at, async (storage) => {
    const log = filesIn(at, '.log').at(-1) as string;
    const acknowledged = [];
    for (const batch of batches) {
      await append(storage, batch, batch);
      acknowledged.push(statSync(join(at, log)).size);
    }
    const copy = copyOf(at);
    return { at: copy, log: join(copy, log), acknowledged };
  });
};

/** LevelDB's log is written in blocks of 32 KiB. */
const LONGER_THAN_A_BLOCK = 'x'.repeat(40_000);

test('a log that a crash cut anywhere gives back whole batches, and each that it held when it was acknowledged', async () => {
  const { at, log, acknowledged } = await killed('small', LONGER_THAN_A_BLOCK, 'small');
  const end = acknowledged.at(-1) as number;
  const lengths = acknowledged.flatMap((length) => [length - 1, length, length + 1]);
  for (const length of [...lengths, 0, 3, 10, 1000, 32_768, 70_000].filter((length) => length <= end)) {
    const torn = copyOf(at);
    truncateSync(join(torn, basename(log)), length);
    const batches = acknowledged.filter((whole) => whole <= length).length;
    expect(await outcome(torn)).toMatchObject({ position: 2 * batches });
    rmSync(torn, { recursive: true });
  }
});

test('what a crash left behind the last acknowledged batch, zeros or anything, is no harm', async () => {
  const { at, log } = await killed('small', LONGER_THAN_A_BLOCK);
  for (const rest of [Buffer.alloc(100), Buffer.alloc(100_000), Buffer.alloc(5_000, 'garbage')]) {
    const torn = copyOf(at);
    appendFileSync(join(torn, basename(log)), rest);
    expect(await outcome(torn)).toMatchObject({ position: 4 });
  }
});

test('rot in the log is refused if an acknowledged batch behind it is still found', async () => {
  const { at, log, acknowledged } = await killed('first', LONGER_THAN_A_BLOCK, LONGER_THAN_A_BLOCK);
  flip(log, (acknowledged[0] as number) + 1000);
  expect(await outcome(at)).toBe('DAMAGED_LOG');
  expect(await outcome(at)).toBe('DAMAGED_LOG');
});

test('rot at the end of a log that was not closed looks torn: LevelDB leaves out what follows in the block, and says nothing', async () => {
  const { at, log, acknowledged } = await killed('one', 'two', 'three');
  flip(log, (acknowledged[0] as number) + 20);
  expect(await outcome(at)).toMatchObject({ position: 2, records: ['one', 'one'] });
});

test('rot in a log never takes the identity with it', async () => {
  const { at, log } = await killed('one');
  flip(log, 20);
  await expect(life(at, () => {})).resolves.toBeUndefined();
  const storage = new LevelStorage({ directory: at });
  await expect(done(storage.open({ cluster: 'shop', node: 'b', newGeneration: 'x' }))).rejects.toMatchObject({ code: 'FOREIGN_STORAGE' });
});
