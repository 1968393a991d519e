import { colocated, createNode, group, multiPaxos, type NodeEvent, state } from '@synod/core';
import { type NodeParts, simulated, World } from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';
import { expect, test } from 'vitest';

/** ms that a node stands still, as on a busy machine. */
const PAUSE = 200;
const MINUTES = 60;

test('an idle cluster whose nodes stand still for 200 ms now and then changes no leader', () => {
  const ids = ['a', 'b', 'c'];
  const changes: NodeEvent[] = [];
  const create = (parts: NodeParts) => {
    const nothing = group('idle', multiPaxos(), state({ initial: {}, apply: () => 0, query: () => 0 }));
    const node = createNode({ self: parts.id, cluster: colocated(ids) }, simulated(parts), logStorage({ disk: parts.disk }), nothing);
    node.events$.subscribe((event) => {
      if (event.event === 'leading' || event.event === 'stepped down') changes.push(event);
    });
    return node;
  };
  const world = new World({ seed: 1, nodes: ids, create });
  world.boot();
  world.runFor(5000);
  const before = changes.length;
  const random = world.random.split('pauses');
  for (const end = world.now() + MINUTES * 60_000; world.now() < end; ) {
    world.runFor(2000 + random.below(3000));
    world.pause(random.pick(ids), PAUSE);
  }
  expect(before).toBeGreaterThan(0);
  expect(changes.slice(before)).toEqual([]);
});
