import { colocated, group, memoryStorage, multiPaxos, startNode, state } from '@synod/core';
import { tcpTransport } from './index.js';

const counters = group(
  'counters',
  multiPaxos(),
  state({
    initial: { total: 0 },
    apply: (value, command: { add: number }) => {
      value.total += command.add;
      return value.total;
    },
    query: (value, _query: 'total') => value.total,
  }),
);

// Three nodes, which here share a process and nothing else, and a client, which listens nowhere.
const [a = '127.0.0.1:7301', b = '127.0.0.1:7302', c = '127.0.0.1:7303'] = process.argv.slice(2);
const peers = { a, b, c };
const cluster = colocated(['a', 'b', 'c']);
const nodes = await Promise.all(
  (['a', 'b', 'c'] as const).map((self) =>
    startNode({ self, cluster }, tcpTransport({ listen: peers[self], peers }), memoryStorage(), counters),
  ),
);
const shop = await startNode({ self: 'shop', cluster }, tcpTransport({ peers }), counters);

console.log('a adds 2      :', await nodes[0]!.of(counters).submit({ add: 2 }));
console.log('the shop adds 3:', await shop.of(counters).submit({ add: 3 }));
console.log('c reads       :', await nodes[2]!.of(counters).query('total'));

const COMMITS = 2_000;
const begin = performance.now();
for (let i = 0; i < COMMITS; i++) await shop.of(counters).submit({ add: 1 });
console.log(`${COMMITS} commits, one after the other: ${((performance.now() - begin) / COMMITS).toFixed(2)} ms each`);

await Promise.all([shop, ...nodes].map((node) => node.stop()));
