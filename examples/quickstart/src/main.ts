import { colocated, group, MemoryNetwork, memoryStorage, memoryTransport, multiPaxos, startNode, state } from '@synod/core';

// What is replicated: a value, how commands change it, and how queries read it.
const counter = state({
  initial: { total: 0 },
  apply: (value, command: { add: number }) => {
    value.total += command.add;
    return value.total;
  },
  query: (value, _query: 'total') => value.total,
});
const counters = group('counters', multiPaxos(), counter);

// Three nodes, here in one process: swap the two memory parts for zmqTransport and fileStorage, and they are three machines.
const cluster = colocated(['a', 'b', 'c']);
const network = new MemoryNetwork();
const start = (self: string) => startNode({ self, cluster }, memoryTransport(network), memoryStorage(), counters);
const [a, b, c] = await Promise.all([start('a'), start('b'), start('c')]);

console.log('a adds 2:', await a.of(counters).submit({ add: 2 }));
console.log('b adds 3:', await b.of(counters).submit({ add: 3 }));
console.log('c reads :', await c.of(counters).query('total'));
await Promise.all([a, b, c].map((node) => node.stop()));
