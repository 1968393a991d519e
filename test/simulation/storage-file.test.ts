import type { Disk, LogRecord, Recovered } from '@synod/core';
import { type Crash, SeededRandom, SimulatedDisk, VirtualScheduler } from '@synod/core/simulation';
import { FileStorage } from '@synod/storage-file/log';
import { EMPTY, from, map } from 'rxjs';
import { describe, expect, test } from 'vitest';

const ROLES = ['g/acceptor', 'g/learner', 'h/acceptor'];

/** A checkpoint that was asked for: it replaces the records of its role below `covers`. */
interface Asked {
  readonly covers: number;
  readonly state: string;
  acknowledged: boolean;
}

/** One storage, used and crashed again and again, and beside it what it must hold. */
class Life {
  readonly scheduler = new VirtualScheduler();
  readonly #random: SeededRandom;
  readonly disk: SimulatedDisk;
  /** All records, by position. */
  #log: { readonly role: string; readonly text: string }[] = [];
  #acknowledged = 0;
  #checkpoints = new Map<string, Asked[]>();
  #generation: string | undefined;
  #made = 0;
  readonly counts = { opened: 0, records: 0, lost: 0, kept: 0, checkpoints: 0, interrupted: 0 };

  constructor(
    seed: number,
    private readonly wrap: (disk: Disk) => Disk,
  ) {
    this.#random = new SeededRandom(seed);
    this.disk = new SimulatedDisk('a', this.#random.split('disk'), undefined);
  }

  /** Opens, uses and crashes the storage once. */
  live(): void {
    const random = this.#random;
    const process = this.scheduler.child();
    const storage = new FileStorage(this.wrap(this.disk.mount(process)), { segmentBytes: 4096, markDelay: 5, scheduler: process });
    const crashAt = this.scheduler.now() + random.between(0, 60_000) / 1000;
    let failure: unknown;
    let opened = false;
    from(storage.open({ cluster: 'c', node: 'a', newGeneration: `generation ${this.#made++}` })).subscribe({
      next: (recovered) => {
        opened = true;
        this.#check(recovered);
        process.schedule(() => this.#append(storage, process));
        process.schedule(() => this.#checkpoint(storage, process), 3);
      },
      error: (error) => {
        failure = error;
      },
    });
    this.scheduler.runUntil(crashAt);
    if (failure !== undefined) throw failure;
    if (!opened) this.counts.interrupted++;
    const how: Crash = random.chance(700) ? 'power cut' : 'kill';
    process.kill();
    this.disk.crash(how);
  }

  #append(storage: FileStorage, process: ReturnType<VirtualScheduler['child']>): void {
    const random = this.#random;
    const batch = Array.from({ length: random.between(1, 4) }, () => {
      const text = `${this.#made++} ${'x'.repeat(random.chance(100) ? random.below(3000) : random.below(100))}`;
      return { role: random.pick(ROLES), text };
    });
    this.#log.push(...batch);
    const end = this.#log.length;
    const records: LogRecord[] = batch.map(({ role, text }) => ({ role, bytes: new TextEncoder().encode(text) }));
    from(storage.append(records)).subscribe({
      complete: () => {
        this.#acknowledged = end;
        this.counts.records += batch.length;
        process.schedule(() => this.#append(storage, process), random.chance(50) ? 20 : random.below(2));
      },
    });
  }

  #checkpoint(storage: FileStorage, process: ReturnType<VirtualScheduler['child']>): void {
    const random = this.#random;
    const role = random.pick(ROLES);
    const asked: Asked = { covers: random.between(0, this.#acknowledged), state: `state ${this.#made++}`, acknowledged: false };
    const before = this.#checkpoints.get(role) ?? [];
    // A checkpoint never covers less than the one before.
    if (before.some(({ covers }) => covers > asked.covers)) {
      process.schedule(() => this.#checkpoint(storage, process), 1);
      return;
    }
    this.#checkpoints.set(role, [...before, asked]);
    const pieces = Array.from({ length: random.between(1, 4) }, (_, i, all = asked.state) => new TextEncoder().encode(i === 0 ? all : '.'));
    from(storage.checkpoint(role, asked.covers, pieces)).subscribe({
      complete: () => {
        asked.acknowledged = true;
        this.counts.checkpoints++;
        process.schedule(() => this.#checkpoint(storage, process), random.below(20));
      },
    });
  }

  #check({ generation, position, roles }: Recovered): void {
    this.counts.opened++;
    if (this.#log.length > 0) expect(generation).toBe(this.#generation);
    this.#generation = generation;
    expect(position).toBeGreaterThanOrEqual(this.#acknowledged);
    expect(position).toBeLessThanOrEqual(this.#log.length);
    this.counts.lost += this.#log.length - position;
    this.counts.kept += position - this.#acknowledged;
    for (const role of ROLES) {
      const found = roles.get(role);
      const decoder = new TextDecoder();
      const state =
        found?.checkpoint &&
        [...found.checkpoint]
          .map((piece) => decoder.decode(piece))
          .join('')
          .replace(/\.+$/, '');
      const asked = this.#checkpoints.get(role) ?? [];
      const at = state === undefined ? -1 : asked.findIndex((one) => one.state === state);
      if (state !== undefined) expect(at).toBeGreaterThanOrEqual(0);
      expect(at).toBeGreaterThanOrEqual(asked.findLastIndex(({ acknowledged }) => acknowledged));
      const covers = asked[at]?.covers ?? 0;
      const expected = this.#log.filter((record, i) => record.role === role && i >= covers && i < position).map(({ text }) => text);
      expect([...(found?.records ?? [])].map((bytes) => decoder.decode(bytes))).toEqual(expected);
      // What was recovered is acted on: from now on it must be found.
      this.#checkpoints.set(
        role,
        asked.slice(0, at + 1).map((one) => ({ ...one, acknowledged: true })),
      );
    }
    this.#log = this.#log.slice(0, position);
    this.#acknowledged = position;
  }
}

const run = (seeds: number, wrap: (disk: Disk) => Disk = (disk) => disk) => {
  const total = { opened: 0, records: 0, lost: 0, kept: 0, checkpoints: 0, interrupted: 0 };
  for (let seed = 0; seed < seeds; seed++) {
    const life = new Life(seed, wrap);
    try {
      for (let i = 0; i < 12; i++) life.live();
    } catch (error) {
      throw new Error(`seed ${seed}: ${error}`, { cause: error });
    }
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += life.counts[key];
  }
  return total;
};

/** A disk with some methods replaced. */
const but = <T extends object>(target: T, replaced: Partial<T>): T =>
  new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(name in replaced ? replaced : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

describe('the file storage on a disk that crashes', () => {
  test('finds every acknowledged record and checkpoint again, and of the rest a prefix', () => {
    const total = run(40);
    // Every kind of ending must have occurred, or this test proves little.
    for (const count of Object.values(total)) expect(count).toBeGreaterThan(20);
  });

  test('is found out if the disk does not sync files', () => {
    const lying = (disk: Disk): Disk =>
      but(disk, {
        open: (name, mode) =>
          from(disk.open(name, mode)).pipe(
            map((file) => but(file, { sync: () => EMPTY, writeDurably: (position, bytes) => file.write(position, bytes) })),
          ),
      });
    expect(() => run(20, lying)).toThrow(/seed/);
  });

  test('is found out if the disk does not sync its directory', () => {
    expect(() => run(20, (disk) => but(disk, { syncDirectory: () => EMPTY }))).toThrow(/seed/);
  });
});
