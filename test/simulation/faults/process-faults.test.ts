import type { Address, Envelope } from '@synod/core';
import { between, clockDrifts, type Invariant, interruptions, SeededRandom, VirtualScheduler } from '@synod/core/simulation';
import { from } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { MachineClock } from '../../../packages/core/src/simulation/machine-clock.js';
import { cluster } from '../cluster.js';
import { bareWorld } from './bare-world.js';

describe('a clock that drifts', () => {
  test('counts its own time from then on, and never goes back', () => {
    const { world, life } = bareWorld({ nodes: ['a'] });
    const { scheduler, wallClock } = life('a');
    world.runFor(1000);
    const [start, wall] = [scheduler.now(), wallClock.now()];
    const end = world.host('a').drift(2000);
    expect(scheduler.now()).toBe(start);
    world.runFor(1000);
    expect([scheduler.now() - start, wallClock.now() - wall]).toEqual([2000, 2000]);
    end();
    world.runFor(1000);
    expect([scheduler.now() - start, wallClock.now() - wall]).toEqual([3000, 3000]);
  });

  test('takes its timers with it, those that it set before too', () => {
    const { world, life } = bareWorld({ nodes: ['a', 'b'] });
    const fired: string[] = [];
    const tell = (what: string) => fired.push(`${what} ${world.now()}`);
    life('a').scheduler.schedule(() => tell('set before'), 1000);
    life('b').scheduler.schedule(() => tell('of another'), 1000);
    world.runFor(500);
    const end = world.host('a').drift(500);
    life('a').scheduler.schedule(() => tell('set under it'), 100);
    life('a').scheduler.schedule(() => tell('set under it, due after'), 2000);
    world.runFor(2000);
    end();
    world.runFor(3000);
    expect(fired).toEqual(['set under it 700', 'of another 1000', 'set before 1500', 'set under it, due after 3500']);
  });

  test('keeps its rate when the node lives again, and of several who wish one the last has it', () => {
    const { world, life } = bareWorld({ nodes: ['a'] });
    const passes = () => {
      const before = life('a').scheduler.now();
      world.runFor(1000);
      return life('a').scheduler.now() - before;
    };
    const [slow, fast] = [world.host('a').drift(500), world.host('a').drift(1500)];
    expect(passes()).toBe(1500);
    world.crash('a');
    world.restart('a');
    expect(passes()).toBe(1500);
    fast();
    expect(passes()).toBe(500);
    world.crash('a');
    slow();
    world.restart('a');
    expect(passes()).toBe(1000);
  });

  test('never rings early by its own time, whatever its rates were', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = new SeededRandom(seed);
      const scheduler = new VirtualScheduler();
      const process = scheduler.child(7, new MachineClock(scheduler));
      let rung = 0;
      const set = (): void => {
        const delay = random.between(1, 50_000) / 1000;
        const due = process.now() + delay;
        process.schedule(() => {
          rung++;
          expect(process.now() - due).toBeGreaterThan(-1e-6);
          // Each change of the rate may round it up by a tick.
          expect(process.now() - due).toBeLessThan(0.1);
          set();
        }, delay);
      };
      for (let i = 0; i < 5; i++) set();
      for (let i = 0; i < 40; i++) {
        scheduler.runUntil(scheduler.now() + random.between(0, 20_000) / 1000);
        process.setRate(random.between(200, 5000));
      }
      expect(rung).toBeGreaterThan(10);
    }
  });

  test('ends with the fault', () => {
    const { world, begin, life } = bareWorld({ nodes: ['a'] });
    begin(clockDrifts)();
    const before = life('a').scheduler.now();
    world.runFor(1000);
    expect(life('a').scheduler.now() - before).toBe(1000);
  });
});

describe('a node that dies in the middle of a turn', () => {
  test('sends what it had sent, and nothing more', () => {
    for (let after = 1; after <= 5; after++) {
      const { world, life, heard } = bareWorld({ nodes: ['a', 'b'] });
      world.host('a').crashAfter(after, 'kill');
      const { transport } = life('a');
      const sent = [1, 2, 3, 4].map((i) => transport.send('b', Uint8Array.of(48 + i)));
      world.runFor(10);
      expect(sent).toEqual([1, 2, 3, 4].map((i) => i < after));
      expect(heard).toEqual([1, 2, 3, 4].filter((i) => i < after).map((i) => `b1 ${i}`));
      expect(world.up).toEqual(after <= 4 ? ['b'] : ['a', 'b']);
    }
  });

  test('leaves a disk operation not begun, begun, or done and unheard', () => {
    const found: string[] = [];
    for (let after = 1; after <= 4; after++) {
      const { world, life, events } = bareWorld({ nodes: ['a'] });
      const heard: string[] = [];
      const end = world.host('a').crashAfter(after, 'kill');
      from(life('a').disk.syncDirectory()).subscribe({ complete: () => heard.push('heard') });
      world.runFor(10);
      found.push([world.up.length, ...events.filter((event) => event.startsWith('syncD')), ...heard].join(' '));
      end();
    }
    expect(found).toEqual(['0', '0 syncDirectory a', '0 syncDirectory a', '1 syncDirectory a heard']);
  });

  test('is a ghost for the rest of it: nobody hears of anything it does', () => {
    const told: string[] = [];
    const all: Invariant = {
      name: 'All',
      watch: () => ({
        applied: ({ op }) => told.push(`applied ${op}`),
        restored: () => told.push('restored'),
        received: () => told.push('received'),
        logged: () => told.push('logged'),
        recovered: () => told.push('recovered'),
      }),
    };
    const { world, life, heard, events } = bareWorld({ nodes: ['a', 'b'], invariants: [all] });
    const { transport, disk, recorder, observer, scheduler } = life('a');
    const act = (): void => {
      recorder.applied({ index: 1, time: 1 }, 'op', 0, 7);
      recorder.restored(['op'], 7);
      observer.received({ message: { kind: 'greeting' } } as Envelope);
      observer.logged('a', 'warn', 'a log line');
      observer.recovered({} as Address, { records: [] });
      transport.send('b', Uint8Array.of(48));
      from(disk.list()).subscribe(() => told.push('listed'));
      scheduler.schedule(() => told.push('rung'), 1);
    };
    world.host('a').crashAfter(1, 'kill');
    scheduler.schedule(() => {
      act();
      events.length = 0;
      told.length = 0;
      act();
    });
    world.runFor(0);
    expect(world.up).toEqual(['b']);
    world.restart('b');
    act();
    world.runFor(100);
    expect([told, heard, events]).toEqual([[], [], []]);
    expect(world.host('a').replica.digest).toBe(7);
  });

  test('does not die any more once it is called off, and a life that is over takes its death with it', () => {
    const { world, send } = bareWorld({ nodes: ['a', 'b'] });
    world.host('a').crashAfter(2, 'kill')();
    for (let i = 0; i < 5; i++) send('a', 'b', `${i}`);
    world.host('a').crashAfter(2, 'kill');
    world.crash('a');
    world.restart('a');
    for (let i = 0; i < 5; i++) send('a', 'b', `${i}`);
    expect(world.up).toEqual(['a', 'b']);
  });

  test('lives again, when it died of the fault and when it did not', () => {
    const { world, begin, send, events } = bareWorld({ nodes: ['a', 'b'] });
    const end = begin(interruptions);
    for (let i = 0; i < 600; i++) for (const id of world.up) send(id, id === 'a' ? 'b' : 'a', `${i}`);
    expect(events.filter((event) => event.startsWith('crash'))).toHaveLength(1);
    expect(world.up).toHaveLength(1);
    world.runFor(1000);
    expect(world.up).toEqual(['a', 'b']);
    end();
    begin(interruptions, 'another')();
    for (let i = 0; i < 600; i++) send('a', 'b', `${i}`);
    expect(world.up).toEqual(['a', 'b']);
  });
});

/** What a leader does between hearing of a command and having told everyone of it, one boundary after another. */
test('a leader may die at any boundary while it executes commands', () => {
  const deaths: Record<string, number> = {};
  const [BOUNDARIES, STEP] = [240, 5];
  for (let boundary = 1; boundary <= BOUNDARIES; boundary += STEP) {
    const { world, ids, clients, leaders } = cluster({
      seed: boundary,
      settings: { snapshot: { slots: 10, bytes: 1 << 20 }, tail: 5 },
    });
    world.boot();
    const workload = clients({ clients: 2, deadline: 3000, think: between(0, 20) });
    expect(world.runUntil(() => leaders().length === 1, 5000)).toBe(true);
    const [leader] = leaders() as [string];
    let last = '';
    world.trace.sink = ({ event, node, operation }) => {
      if (event === 'crash') deaths[last] = (deaths[last] ?? 0) + 1;
      else if (node === leader) last = String(operation ?? event);
    };
    world.host(leader).crashAfter(boundary, boundary % 8 === 1 ? 'power cut' : 'kill');
    expect(world.runUntil(() => !world.up.includes(leader), 5000, 1)).toBe(true);
    world.runFor(100);
    world.restart(leader);
    world.runFor(500);
    workload.stop();
    expect(world.runUntil(() => workload.pending === 0 && world.agrees(ids), 10_000)).toBe(true);
    world.conclude();
  }
  // Each was the last that anybody saw of it.
  for (const event of ['propose', 'vote', 'writeDurably', 'choose']) expect(deaths).toHaveProperty(event);
});
