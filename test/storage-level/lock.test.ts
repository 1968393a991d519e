import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { LevelStorage } from '@synod/storage-level';
import { expect, test } from 'vitest';
import { append, contents, directory, done, IDENTITY, life } from './support.js';

const built = new URL('../../packages/storage-level/dist/index.js', import.meta.url).href;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** Tells `tell` what comes of an attempt to open the directory. */
const attempt = (at: string, tell: string): string => `
  import { LevelStorage } from ${JSON.stringify(built)};
  const storage = new LevelStorage({ directory: ${JSON.stringify(at)} });
  const outcome = await storage.open(${JSON.stringify(IDENTITY)}).then(() => 'open', (error) => error.code);
  await storage.close();
  ${tell}(outcome);
`;

const elsewhere = async (at: string): Promise<string> => {
  const program = attempt(at, 'console.log');
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: root })).stdout.trim();
};

const inWorker = async (at: string): Promise<string> => {
  const program = `import { parentPort } from 'node:worker_threads'; const tell = (told) => parentPort.postMessage(told);${attempt(at, 'tell')}`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(program)}`));
  const [outcome] = await once(worker, 'message');
  await worker.terminate();
  return outcome;
};

const refusal = (at: string) =>
  done(new LevelStorage({ directory: at }).open(IDENTITY)).then(
    () => 'open',
    (error: { code?: string; message: string }) => error,
  );

test('a second storage on an open directory is refused, here and in another process, for as long as the first lives', async () => {
  const at = directory();
  await life(at, async (storage) => {
    const error = await refusal(at);
    expect(error).toMatchObject({ name: 'StorageError', code: 'STORAGE_LOCKED' });
    expect((error as Error).message).toContain(`${at} is in use by another storage`);
    symlinkSync(at, `${at}-by-another-name`);
    expect(await refusal(`${at}-by-another-name`)).toMatchObject({ code: 'STORAGE_LOCKED' });
    // Those attempts did not take the first one's lock away.
    expect(await elsewhere(at)).toBe('STORAGE_LOCKED');
    await append(storage, 'one');
  });
  expect(await elsewhere(at)).toBe('open');
  await life(at, (_, recovered) => expect(contents(recovered)).toEqual(['one']));
});

test("an attempt in a worker thread, which has modules of its own, is refused, and takes nobody's lock away", async () => {
  const at = directory();
  await life(at, async (storage) => {
    expect(await inWorker(at)).toBe('STORAGE_LOCKED');
    expect(await elsewhere(at)).toBe('STORAGE_LOCKED');
    await append(storage, 'one');
  });
  await life(at, (_, recovered) => expect(contents(recovered)).toEqual(['one']));
});

test.each(['IDENTITY', 'segment-0000000001'])('where %s tells that the data is in @synod/storage-file, nothing is begun', async (name) => {
  const at = directory();
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, name), 'data');
  const error = await refusal(at);
  expect(error).toMatchObject({ name: 'StorageError', code: 'FOREIGN_STORAGE' });
  expect((error as Error).message).toContain(`${at} holds ${name}, which @synod/storage-file wrote`);
  expect(readdirSync(at).sort()).toEqual([name, 'owner.lock'].sort());
});

test('an open that failed holds no lock', async () => {
  const at = directory();
  await life(at, () => {});
  for (const other of [{ node: 'b' }, { cluster: 'bank' }]) {
    const storage = new LevelStorage({ directory: at });
    const error = await done(storage.open({ ...IDENTITY, ...other })).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: 'StorageError', code: 'FOREIGN_STORAGE' });
    expect((error as Error).message).toContain(`${at} holds the data of node "a" of cluster "shop"`);
  }
  await life(at, (_, recovered) => expect(recovered.generation).toBe('first'));
});

test('the generation is the one that the data was begun with', async () => {
  const at = directory();
  await life(at, () => {});
  const storage = new LevelStorage({ directory: at });
  expect(await done(storage.open({ ...IDENTITY, newGeneration: 'second' }))).toMatchObject({ generation: 'first', position: 0 });
  await done(storage.close());
});
