import type { Invariant } from '@synod/core/simulation';
import { expect, test } from 'vitest';
import { cluster } from './cluster.js';

test('observers see what overheard actors begin with and hear, over all their lives', () => {
  const begun: string[] = [];
  const heard = new Set<string>();
  const overhearing: Invariant = {
    name: 'overhearing',
    overhears: ['leader', 'acceptor'],
    recalls: ['leader', 'acceptor'],
    watch: () => ({
      recovered: ({ node, role }, { records }) => begun.push(`${node} ${role} ${[...records].length > 0 ? 'again' : 'anew'}`),
      received: ({ to, message }) => heard.add(`${to.role} ${message.kind}`),
    }),
  };
  const { world } = cluster({ seed: 1, size: 1, invariants: [overhearing], only: ['overhearing'] });
  world.boot();
  world.runFor(2000);
  world.crash('a', 'kill');
  world.restart('a');
  world.runFor(1000);
  expect(begun).toEqual(['a leader anew', 'a acceptor anew', 'a leader anew', 'a acceptor again']);
  for (const one of ['leader promise', 'leader accepted', 'leader heard', 'acceptor prepare', 'acceptor accept'])
    expect(heard).toContain(one);
});
