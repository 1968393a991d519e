import type { Recovered, Storage } from '@synod/core';
import { expect, test } from 'vitest';
import { MemoryDisk, type Survives } from './memory-disk.js';
import { chance, follow, IDENTITY, record, storageOn } from './support.js';

/**
 * Everything that a storage does, cut off at every operation of its disk in turn, with any part of what was not synced lost; then
 * opened again, which is cut off too. The model knows what was handed over and what was acknowledged.
 */
class Model {
  readonly appended: { readonly role: string; readonly content: string }[] = [];
  acknowledged = 0;
  readonly checkpoints = new Map<string, { covers: number; content: string; acknowledged: boolean }[]>();

  check(recovered: Recovered): void {
    const { position, roles } = recovered;
    expect(position).toBeGreaterThanOrEqual(this.acknowledged);
    expect(position).toBeLessThanOrEqual(this.appended.length);
    for (const role of ['big', 'rare', 'small']) {
      const found = roles.get(role);
      const checkpoint = found?.checkpoint && Buffer.concat([...found.checkpoint]).toString();
      const made = this.checkpoints.get(role) ?? [];
      const used = made.findIndex(({ content }) => content === checkpoint);
      if (checkpoint !== undefined) expect(used, `a checkpoint of ${role} that was never made`).toBeGreaterThanOrEqual(0);
      expect(used, `the newest checkpoint of ${role}`).toBeGreaterThanOrEqual(made.findLastIndex(({ acknowledged }) => acknowledged));
      const covers = made[used]?.covers ?? 0;
      const expected = this.appended.flatMap((one, at) => (one.role === role && at >= covers && at < position ? [one.content] : []));
      expect([...(found?.records ?? [])].map((bytes) => Buffer.from(bytes).toString())).toEqual(expected);
      made.splice(0, made.length, ...(made[used] ? [{ ...made[used], acknowledged: true }] : []));
    }
    // What was found is there for good.
    this.appended.length = position;
    this.acknowledged = position;
  }
}

/** One life of a node. Leaves off where the disk stops. */
function* life(storage: Storage, model: Model, idle: () => void, name: string): Generator<() => boolean> {
  const append =
    (...records: [role: string, content: string][]) =>
    () => {
      for (const [role, content] of records) model.appended.push({ role, content });
      const { state } = follow(storage.append(records.map(([role, content]) => record(content, role))));
      if (state === 'done') model.acknowledged = model.appended.length;
      return state === 'done';
    };
  const checkpoint = (role: string, covers: number) => () => {
    const content = `${name} ${role} below ${covers}`;
    const made = { covers, content, acknowledged: false };
    model.checkpoints.set(role, [...(model.checkpoints.get(role) ?? []), made]);
    const { state } = follow(storage.checkpoint(role, covers, [Buffer.from(content.slice(0, 5)), Buffer.from(content.slice(5))]));
    made.acknowledged = state === 'done';
    return state === 'done';
  };
  const letTimePass = () => {
    idle();
    return true;
  };
  yield append(['rare', `${name} rare`], ['small', `${name} first`]);
  yield append(['big', `${name} ${'x'.repeat(300)}`]);
  yield letTimePass;
  for (let i = 0; i < 4; i++) yield append(['small', `${name} small ${i}`], ['big', `${name} ${i} ${'y'.repeat(200)}`]);
  yield () => checkpoint('small', model.acknowledged)();
  yield append(['big', `${name} oversized ${'z'.repeat(1500)}`]);
  yield () => checkpoint('big', model.acknowledged - 1)();
  yield letTimePass;
  for (let i = 4; i < 8; i++) yield append(['small', `${name} small ${i}`], ['big', `${name} ${i} ${'w'.repeat(250)}`]);
  yield () => checkpoint('big', model.acknowledged)();
  yield () => checkpoint('small', model.acknowledged)();
  yield append(['small', `${name} last`]);
  yield () => checkpoint('rare', model.acknowledged)();
  yield append(['rare', `${name} again`]);
  yield () => follow(storage.close()).state === 'done';
}

/** Opens the disk, checks what is found, and lives until the disk stops. Whether it got to the end. */
const run = (disk: MemoryDisk, model: Model, name: string): boolean => {
  const { storage, idle } = storageOn(disk);
  const opened = follow(storage.open(IDENTITY));
  if (opened.error) throw opened.error;
  if (!opened.value) return false;
  model.check(opened.value);
  for (const step of life(storage, model, idle, name)) if (!step() && disk.crashed) return false;
  return !disk.crashed;
};

const fates: [string, (seed: number) => Survives][] = [
  ['nothing that was not synced survives', () => () => false],
  ['all that was not synced survives', () => () => true],
  ...[1, 2, 3].map((round): [string, (seed: number) => Survives] => [
    `any part of what was not synced survives (${round})`,
    (seed) => {
      const draw = chance(seed * 31 + round);
      return () => draw() < 0.5;
    },
  ]),
];

const operationsOf = (lives: number): number => {
  const disk = new MemoryDisk();
  const model = new Model();
  let current = disk;
  let operations = 0;
  for (let i = 0; i < lives; i++) {
    expect(run(current, model, `life ${i}`)).toBe(true);
    operations = current.operations;
    current = current.afterCrash(() => false);
  }
  return operations;
};

test.each(fates)('after a crash at any operation of the first life, every acknowledged record is found and nothing else: %s', (_, fate) => {
  const operations = operationsOf(1);
  expect(operations).toBeGreaterThan(100);
  for (let crashAt = 1; crashAt <= operations; crashAt++) {
    const model = new Model();
    const disk = new MemoryDisk();
    disk.crashAt = crashAt;
    try {
      expect(run(disk, model, 'first')).toBe(false);
      const second = disk.afterCrash(fate(crashAt));
      expect(run(second, model, 'second')).toBe(true);
      expect(
        run(
          second.afterCrash(() => false),
          model,
          'third',
        ),
      ).toBe(true);
    } catch (error) {
      throw new Error(`crash at operation ${crashAt}, ${disk.history.at(-1)}`, { cause: error });
    }
  }
});

test.each(fates)('a crash at any operation of the recovery from a crash loses and invents nothing: %s', (_, fate) => {
  const operations = operationsOf(1);
  for (let crashAt = 5; crashAt <= operations; crashAt += 7) {
    for (let again = 1 + (crashAt % 3); again < 40; again += 3) {
      const model = new Model();
      const disk = new MemoryDisk();
      disk.crashAt = crashAt;
      run(disk, model, 'first');
      const second = disk.afterCrash(fate(crashAt));
      second.crashAt = again;
      try {
        run(second, model, 'second');
        expect(run(second.afterCrash(fate(again)), model, 'third')).toBe(true);
      } catch (error) {
        throw new Error(`crash at ${crashAt}, ${disk.history.at(-1)}, and again at ${again}, ${second.history.at(-1)}`, { cause: error });
      }
    }
  }
});

test.each(fates)('of a process that is killed at any operation all that it had written is found, and is there for good: %s', (_, fate) => {
  const operations = operationsOf(1);
  for (let crashAt = 1; crashAt <= operations; crashAt++) {
    for (const again of [12, 40]) {
      const model = new Model();
      const disk = new MemoryDisk();
      disk.crashAt = crashAt;
      run(disk, model, 'first');
      // What the page cache shows must be on the disk before it counts: so the second life ends in a power cut.
      const second = disk.afterKill();
      second.crashAt = again + (crashAt % 11);
      try {
        run(second, model, 'second');
        expect(run(second.afterCrash(fate(crashAt)), model, 'third')).toBe(true);
      } catch (error) {
        throw new Error(`killed at operation ${crashAt}, ${disk.history.at(-1)}, and crashed at ${second.crashAt}`, { cause: error });
      }
    }
  }
});
