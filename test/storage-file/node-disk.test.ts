import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogRecord, Recovered, Storage } from '@synod/core';
import { FileStorage, NodeDisk } from '@synod/storage-file';
import { from, lastValueFrom, type ObservableInput } from 'rxjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contents, IDENTITY, record } from './support.js';

let directory = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'synod-')), 'data', 'a');
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(join(directory, '..', '..'), { recursive: true, force: true });
});

const done = <T>(input: ObservableInput<T>): Promise<T | undefined> => lastValueFrom(from(input), { defaultValue: undefined });
const storage = (): FileStorage => new FileStorage(new NodeDisk(directory), { segmentBytes: 1 << 20, label: directory });
const opened = async (): Promise<[Storage, Recovered]> => {
  const one = storage();
  return [one, (await done(one.open(IDENTITY))) as Recovered];
};

test('what was appended in one life is found in the next, in a directory that did not exist', async () => {
  const [first] = await opened();
  await done(first.append([record('a'), record('b')]));
  await done(first.checkpoint('counters/acceptor', 1, [Buffer.from('below 1')]));
  await done(first.close());
  const [second, recovered] = await opened();
  expect(contents(recovered)).toEqual(['b']);
  expect(recovered).toMatchObject({ position: 2, generation: 'first' });
  await done(second.close());
});

test('records of a megabyte, and batches of many small ones, are found as they were', async () => {
  const batches: LogRecord[][] = [];
  for (let i = 0; i < 6; i++) {
    batches.push([{ role: 'large', bytes: new Uint8Array(1 << 20).fill(i + 1) }]);
    batches.push(Array.from({ length: 5000 }, (_, at) => record(`${i} ${at}`, 'small')));
  }
  const [first] = await opened();
  for (const batch of batches) await done(first.append(batch));
  await done(first.checkpoint('large', 5001, [new Uint8Array(20 << 20).fill(7), new Uint8Array(3)]));
  await done(first.close());

  const [second, { roles, position }] = await opened();
  expect(position).toBe(6 * 5001);
  expect([...(roles.get('large')?.records ?? [])].map((bytes) => [bytes.length, bytes[0], bytes.at(-1)])).toEqual(
    [2, 3, 4, 5, 6].map((value) => [1 << 20, value, value]),
  );
  expect([...(roles.get('small')?.records ?? [])].map((bytes) => Buffer.from(bytes).toString())).toEqual(
    batches.flatMap((batch, i) => (i % 2 ? batch.map((_, at) => `${(i - 1) / 2} ${at}`) : [])),
  );
  const [piece] = [...(roles.get('large')?.checkpoint ?? [])];
  expect([piece?.length, piece?.at(-1)]).toEqual([20 << 20, 7]);
  await done(second.close());
}, 30_000);

test('two storages of one process do not share a directory', async () => {
  const [first] = await opened();
  await expect(done(storage().open(IDENTITY))).rejects.toMatchObject({ code: 'STORAGE_LOCKED' });
  await done(first.append([record('a')]));
  await done(first.close());
  const [second, recovered] = await opened();
  expect(contents(recovered)).toEqual(['a']);
  await done(second.close());
});

/** A process of its own that holds the directory. */
const holder = async (): Promise<ChildProcess> => {
  const disk = fileURLToPath(new URL('../../packages/storage-file/dist/node-disk.js', import.meta.url));
  const program = `
    import { NodeDisk } from ${JSON.stringify(disk)};
    // Held on to: an open file that nobody refers to is closed by the garbage collector, and its lock with it.
    globalThis.disk = new NodeDisk(${JSON.stringify(directory)});
    globalThis.disk.lock().subscribe((locked) => console.log(locked ? 'locked' : 'refused'));
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  expect(line.toString().trim()).toBe('locked');
  return child;
};

test('a directory is free again once the process that held it was killed', async () => {
  const child = await holder();
  await expect(done(storage().open(IDENTITY))).rejects.toMatchObject({ code: 'STORAGE_LOCKED' });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const [own] = await opened();
  await done(own.close());
});

test('a suspended process keeps its directory', async () => {
  const child = await holder();
  child.kill('SIGSTOP');
  await expect(done(storage().open(IDENTITY))).rejects.toMatchObject({ code: 'STORAGE_LOCKED' });
  child.kill('SIGCONT');
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('an error of a file names the file and keeps its code', async () => {
  const disk = new NodeDisk(directory);
  await done(disk.lock());
  const file = await done(disk.open('file', 'create'));
  const beyond = Number.MAX_SAFE_INTEGER - 10;
  for (const write of [file?.write(beyond, Buffer.from('x')), file?.writeDurably(beyond, Buffer.from('x'))]) {
    await expect(done(write ?? [])).rejects.toMatchObject({
      code: expect.stringMatching(/^E[A-Z]+$/),
      path: join(directory, 'file'),
      message: expect.stringContaining(`'${join(directory, 'file')}'`),
    });
  }
  await done(file?.close() ?? []);
  await done(disk.unlock());
});

test('a durable write covers what was written before it', async () => {
  const disk = new NodeDisk(directory);
  await done(disk.lock());
  const file = await done(disk.open('file', 'create'));
  await done(file?.write(0, Buffer.from('hello ')) ?? []);
  await done(file?.writeDurably(6, Buffer.from('world')) ?? []);
  await done(file?.truncate(9) ?? []);
  await done(file?.sync() ?? []);
  expect(Buffer.from((await done(file?.read(0, 100) ?? [])) ?? []).toString()).toBe('hello wor');
  await done(file?.close() ?? []);
  await expect(done(disk.open('file', 'create'))).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await done(disk.list())).toEqual(['file']);
  await done(disk.unlock());
});
