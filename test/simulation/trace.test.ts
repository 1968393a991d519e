import type { TracedEvent } from '@synod/core';
import { always, crashes, Nemesis, partitions, pauses, planFaults, rough } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { cluster } from './cluster.js';

/** A few seconds of faults under load, listened to or not. */
const lived = (listening: boolean) => {
  const { world, clients } = cluster({ seed: 11, network: rough });
  const events: TracedEvent[] = [];
  if (listening) world.trace.sink = (event) => events.push(event);
  world.boot();
  const faults = [crashes, partitions, pauses];
  const nemesis = new Nemesis(world, faults, planFaults(world.random.split('plan'), { faults, duration: 4000, pause: always(300) }));
  clients();
  world.runFor(4000);
  nemesis.stop();
  world.heal();
  world.runFor(1000);
  return { hash: world.trace.hash, hashed: world.trace.events, executed: world.scheduler.executed, events };
};

describe('the trace of a world', () => {
  test('goes the same way and has the same hash, listened to or not', () => {
    const [alone, heard] = [lived(false), lived(true)];
    expect(alone.events).toEqual([]);
    expect(heard.events.length).toBeGreaterThan(1000);
    expect({ ...heard, events: 0 }).toEqual({ ...alone, events: 0 });
  });

  test('is one stream, in order, of what the world does and what nodes tell, in world time', () => {
    const { events } = lived(true);
    const names = new Set(events.map(({ event }) => event));
    for (const name of ['boot', 'crash', 'pause', 'cut', 'mend', 'drop', 'fault begun', 'fault ended', 'invoke', 'answer'])
      expect(names).toContain(name);
    for (const name of ['send', 'deliver', 'persist', 'durable', 'promise', 'vote', 'choose', 'apply']) expect(names).toContain(name);
    for (let i = 1; i < events.length; i++) expect(events[i]!.at).toBeGreaterThanOrEqual(events[i - 1]!.at);
    expect(new Set(events.map(({ node }) => node))).toEqual(new Set(['a', 'b', 'c', '*']));
  });

  test('tells the loss of a frame as the loss of the messages in it', () => {
    const { world, leaders } = cluster({ seed: 2 });
    const events: TracedEvent[] = [];
    world.trace.sink = (event) => events.push(event);
    world.boot();
    expect(world.runUntil(() => leaders().length === 1, 5000)).toBe(true);
    const [leader = ''] = leaders();
    const follower = leader === 'a' ? 'b' : 'a';
    world.network.cut(leader, follower);
    world.runFor(500);
    const sent = events.filter(({ event, node, to }) => event === 'send' && node === leader && nodeOf(to) === follower);
    const lost = events.filter(({ event, reason }) => event === 'drop' && reason === 'the link is cut');
    expect(lost.length).toBeGreaterThan(5);
    // Which message was lost: the very one that was sent.
    for (const { node, message, to } of lost) {
      expect([node, nodeOf(to)]).toEqual([leader, follower]);
      expect(sent.some((send) => send.message === message)).toBe(true);
    }
  });
});

const nodeOf = (address: unknown): string | undefined => (address as { node: string } | undefined)?.node;
