import { always, Clients, clientRestarts, retryStorms, shortDeadlines } from '@synod/core/simulation';
import { timer } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { cluster } from '../cluster.js';
import { bareWorld } from './bare-world.js';

/** Clients of nodes that answer after 5 ms, and the deadlines that they gave them. */
const setUp = () => {
  const bare = bareWorld({ nodes: ['a', 'b', 'x'], members: ['a', 'b'] });
  const deadlines: number[] = [];
  const clients = new Clients(bare.world, {
    clients: 4,
    nodes: ['a', 'b', 'x'],
    of: ({ id }) => id,
    think: always(50),
    deadline: 2000,
    workload: {
      next: (_random, id) => ({ op: 'greet', arg: id }),
      probe: (id) => ({ op: 'greet', arg: id }),
      ask: (_node: string, _request, deadline) => {
        deadlines.push(deadline);
        return timer(Math.min(5, deadline), bare.world.scheduler);
      },
    },
  });
  const asked = () => {
    deadlines.length = 0;
    bare.world.runFor(1000);
    return deadlines.length;
  };
  return { ...bare, clients, deadlines, asked };
};

describe('impatient clients', () => {
  test('give up early, as long as that lasts', () => {
    const { begin, asked, deadlines, clients } = setUp();
    const usual = asked();
    const end = begin(shortDeadlines);
    expect(asked()).toBeLessThan(usual * 1.5);
    expect(new Set(deadlines).size).toBe(1);
    expect(deadlines[0]).toBeLessThanOrEqual(200);
    end();
    asked();
    expect(new Set(deadlines)).toEqual(new Set([2000]));
    expect(clients.deadline).toBe(2000);
  });

  test('ask again at once in a storm, and no more after it', () => {
    const { begin, asked, deadlines } = setUp();
    const usual = asked();
    const end = begin(retryStorms);
    asked();
    expect(asked()).toBeGreaterThan(usual * 4);
    expect(deadlines[0]).toBeLessThanOrEqual(30);
    end();
    asked();
    expect(asked()).toBeLessThan(usual * 1.5);
  });

  test('have the least patience of several, and each ends alone', () => {
    const { clients } = setUp();
    const [some, little] = [clients.hurry(100), clients.hurry(10)];
    expect(clients.deadline).toBe(10);
    some();
    expect(clients.deadline).toBe(10);
    little();
    little();
    expect(clients.deadline).toBe(2000);
  });

  test('cannot be where there are none', () => {
    expect(() => bareWorld().begin(retryStorms)).toThrow('retry storm cannot happen now');
  });
});

describe('a node outside the cluster', () => {
  test('dies and lives again; where there is none, nothing happens', () => {
    const { world, begin, life } = setUp();
    const end = begin(clientRestarts);
    expect(world.up).toEqual(['a', 'b']);
    end();
    expect(world.up).toEqual(['a', 'b', 'x']);
    expect(life('x').life).toBe(2);
    expect(() => bareWorld().begin(clientRestarts)).toThrow('client restart cannot happen now');
  });

  test('never gets the answers of its former lives', () => {
    const { world, ids, clients } = cluster({ seed: 1, others: ['x'] });
    world.boot();
    const workload = clients({ nodes: ['x'], deadline: 1000 });
    world.runFor(2000);
    for (let i = 0; i < 20; i++) {
      const end = clientRestarts.begin(world, world.random.split(`${i}`));
      world.runFor(20);
      end?.();
      world.runFor(180);
    }
    workload.stop();
    const probe = workload.ask('x');
    expect(world.runUntil(() => workload.pending === 0 && world.agrees(ids), 10_000)).toBe(true);
    expect(workload.operations.find(({ id }) => id === probe)?.outcome).toBe('done');
    expect(workload.count('done')).toBeGreaterThan(100);
    expect(workload.count('unknown')).toBeGreaterThan(1);
    world.conclude();
  });
});
