import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LevelStorage } from '@synod/storage-level';
import { ClassicLevel } from 'classic-level';
import { expect, test } from 'vitest';
import { ACCEPTOR, append, checkpointOf, contents, copyOf, directory, done, IDENTITY, LEARNER, life, pieces, record } from './support.js';

const keysOf = async (at: string): Promise<string[]> => {
  const db = new ClassicLevel(at);
  try {
    return await db.keys().all();
  } finally {
    await db.close();
  }
};

const bytesIn = (at: string): number => readdirSync(at).reduce((sum, name) => sum + statSync(join(at, name)).size, 0);

test('records come back by role, in the order of their positions, beyond the tenth and the hundredth', async () => {
  const at = directory();
  const all = Array.from({ length: 120 }, (_, i) => `record ${i}`);
  await life(at, async (storage) => {
    for (const content of all) await done(storage.append([record(content), record(content, LEARNER)]));
  });
  await life(at, (_, recovered) => {
    expect(recovered.position).toBe(240);
    expect(contents(recovered)).toEqual(all);
    expect(contents(recovered, LEARNER)).toEqual(all);
  });
});

test('roles whose names begin alike, or hold slashes and signs, are kept apart', async () => {
  const at = directory();
  const roles = ['g/r', 'g/r/0', 'g/r0', 'g/r%2F', 'g/ü', 'g'];
  await life(at, (storage) => done(storage.append(roles.map((role) => record(role, role)))));
  await life(at, async (storage, recovered) => {
    for (const role of roles) expect(contents(recovered, role)).toEqual([role]);
    await done(storage.checkpoint('g/r', 6, pieces('state')));
  });
  await life(at, (_, recovered) => {
    expect(contents(recovered, 'g/r')).toEqual([]);
    for (const role of roles.slice(1)) expect(contents(recovered, role)).toEqual([role]);
  });
});

test('positions go on across restarts, also when a checkpoint covers every record', async () => {
  const at = directory();
  await life(at, async (storage) => {
    await append(storage, 'one', 'two');
    await done(storage.checkpoint(ACCEPTOR, 2, pieces('both')));
  });
  await life(at, async (storage, recovered) => {
    expect(recovered.position).toBe(2);
    await append(storage, 'three');
  });
  await life(at, (_, recovered) => {
    expect(recovered.position).toBe(3);
    expect(checkpointOf(recovered)).toEqual(['both']);
    expect(contents(recovered)).toEqual(['three']);
  });
});

test('a checkpoint that is written while records are appended covers those below it only', async () => {
  const at = directory();
  await life(at, async (storage) => {
    await append(storage, 'one', 'two');
    const written = done(storage.checkpoint(ACCEPTOR, 2, pieces('both')));
    await append(storage, 'three', 'four');
    await written;
    await done(storage.checkpoint(ACCEPTOR, 3, pieces('all', 'three')));
  });
  await life(at, (_, recovered) => {
    expect(recovered.position).toBe(4);
    expect(checkpointOf(recovered)).toEqual(['all', 'three']);
    expect(contents(recovered)).toEqual(['four']);
  });
});

test('an interrupted checkpoint leaves the older one in force, and the next open removes its pieces', async () => {
  const at = directory();
  const crashed = await life(at, async (storage) => {
    await append(storage, 'one');
    await done(storage.checkpoint(ACCEPTOR, 1, pieces('older')));
    await append(storage, 'two');
    let copy = '';
    const large = Buffer.alloc(300 << 10);
    const state = function* () {
      yield large;
      // The first piece is durable by now.
      copy = copyOf(at);
      yield large;
    };
    await done(storage.checkpoint(ACCEPTOR, 2, state()));
    return copy;
  });
  const piecesIn = async () => (await keysOf(crashed)).filter((key) => key.startsWith('piece/'));
  expect(await piecesIn()).toHaveLength(2);
  await life(crashed, (_, recovered) => {
    expect(checkpointOf(recovered)).toEqual(['older']);
    expect(contents(recovered)).toEqual(['two']);
  });
  expect(await piecesIn()).toHaveLength(1);
  await life(crashed, (storage) => done(storage.checkpoint(ACCEPTOR, 2, pieces('newer'))));
  await life(crashed, (_, recovered) => expect(checkpointOf(recovered)).toEqual(['newer']));
});

test('a state is pulled in parts, and other work goes on between them', async () => {
  await life(directory(), async (storage) => {
    const events: string[] = [];
    const state = function* () {
      for (let i = 0; i < 50; i++) {
        events.push('piece');
        yield Buffer.alloc(128 << 10);
      }
    };
    const written = done(storage.checkpoint(ACCEPTOR, 0, state()));
    await append(storage, 'meanwhile');
    events.push('appended');
    await written;
    expect(events.at(-1)).toBe('piece');
    expect(events).toContain('appended');
  });
});

test('the disk under records and pieces that a checkpoint replaces is given back', async () => {
  const at = directory();
  let state = 1;
  const noise = Buffer.from(Array.from({ length: 100_000 }, () => (state = (state * 48271) % 0x7fffffff)));
  await life(at, async (storage) => {
    let position = 0;
    for (let round = 0; round < 10; round++) {
      for (let batch = 0; batch < 20; batch++) await done(storage.append([{ role: ACCEPTOR, bytes: noise }]));
      await done(storage.checkpoint(ACCEPTOR, (position += 20), [noise]));
    }
  });
  // 20 MB were appended. What the last open found in the log it has sorted into tables.
  await life(at, (_, recovered) => expect(contents(recovered)).toEqual([]));
  expect(bytesIn(at)).toBeLessThan(5_000_000);
});

test('a checkpoint may cover only what is durable', async () => {
  const at = directory();
  const storage = new LevelStorage({ directory: at });
  await done(storage.open(IDENTITY));
  await append(storage, 'one');
  await expect(done(storage.checkpoint(ACCEPTOR, 2, pieces('too much')))).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' });
  await expect(append(storage, 'two')).rejects.toMatchObject({ code: 'INVALID_CHECKPOINT' });
  await done(storage.close());
  await life(at, (_, recovered) => expect(contents(recovered)).toEqual(['one']));
});

test('calls before open and after close fail, and do no harm', async () => {
  const at = directory();
  const storage = new LevelStorage({ directory: at });
  await expect(append(storage, 'one')).rejects.toMatchObject({ code: 'STORAGE_NOT_OPEN' });
  await done(storage.open(IDENTITY));
  await append(storage, 'one');
  await done(storage.close());
  await done(storage.close());
  await expect(append(storage, 'two')).rejects.toMatchObject({ code: 'STOPPED' });
  await life(at, (_, recovered) => expect(contents(recovered)).toEqual(['one']));
});

test('close waits for what is being appended, and leaves a checkpoint off', async () => {
  const at = directory();
  const storage = new LevelStorage({ directory: at });
  await done(storage.open(IDENTITY));
  const state = function* () {
    for (;;) yield Buffer.alloc(100 << 10);
  };
  const endless = done(storage.checkpoint(ACCEPTOR, 0, state()));
  const appended = append(storage, 'one');
  const refused = expect(endless).rejects.toMatchObject({ code: 'STOPPED' });
  await done(storage.close());
  await refused;
  await appended;
  await life(at, (_, recovered) => {
    expect(contents(recovered)).toEqual(['one']);
    expect(checkpointOf(recovered)).toBeUndefined();
  });
});
