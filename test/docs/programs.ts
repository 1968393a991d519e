import { textOf } from './blocks.js';

/** A block that repeats a file of which other tests run every line. */
export type Quotation =
  /** The whole file. */
  | { readonly file: string }
  /** Whole lines of it, as they stand there but for their common indentation. */
  | { readonly excerptOf: string };

/**
 * A program of its own. Each text of `replace` must be in the block: what a user has, such as hosts and directories, becomes what a
 * test has. `after` exports `told`, which must come to be `tells`.
 */
export interface Composed {
  readonly before?: string;
  readonly replace?: Readonly<Record<string, string>>;
  readonly after?: string;
  readonly tells?: unknown;
}

/** What a block of TypeScript is a part of. */
export type Program = Quotation | Composed;

export const isQuotation = (program: Program): program is Quotation => 'file' in program || 'excerptOf' in program;

const COUNTER = `
const counter = state({
  initial: { total: 0 },
  apply: (value, command: { add: number }) => {
    value.total += command.add;
    return value.total;
  },
  query: (value, _query: 'total') => value.total,
});`;

const COUNTERS = `${COUNTER}
const counters = group('counters', multiPaxos(), counter);`;

const TEST_PLACES = `import { places } from '../../docs/places.js';
const place = await places();
const peers = place.peers;`;

/** Nodes b and c of the deployment that a block starts node a of. */
const OTHERS = `const others = await Promise.all((['b', 'c'] as const).map((self) =>
  startNode({ self, cluster: colocated(['a', 'b', 'c']) }, zmqTransport({ bind: peers[self], peers, door: place.doors[self] }), memoryStorage(), counters)));`;

const TCP_OTHERS = OTHERS.replace(
  'zmqTransport({ bind: peers[self], peers, door: place.doors[self] })',
  'tcpTransport({ listen: addresses[self], peers: addresses })',
);

const STOP = 'await Promise.all([node, ...others].map((one) => one.stop()));\nawait place.remove();';

const NODE_A = { "'tcp://0.0.0.0:7101'": 'peers.a', "'./data/a'": 'place.directory' };

/** The same over NATS. */
const NATS_OTHERS = `const others = await Promise.all((['b', 'c'] as const).map((self) =>
  startNode({ self, cluster }, natsTransport({ servers }), memoryStorage(), counters)));`;

const NATS_PLACES = `import { places } from '../../docs/places.js';
import { runningNatsServer } from '../../support/nats-server.js';
const place = await places();
const servers = (await runningNatsServer()).url;
const cluster = colocated(['a', 'b', 'c']);`;

const CORE = "import { colocated, group, memoryStorage, multiPaxos, startNode, state } from '@synod/core';";
const FILE = "import { fileStorage } from '@synod/storage-file';";
const NATS = "import { natsTransport } from '@synod/transport-nats';";
const ONE_FILE = "import { oneFileStorage } from '../../../examples/custom-storage/src/one-file-storage.js';";
const TCP = `import { tcpTransport } from '@synod/example-custom-transport';
const addressOf = (endpoint: string) => endpoint.replace('tcp://', '');
const addresses = { a: addressOf(place.peers.a), b: addressOf(place.peers.b), c: addressOf(place.peers.c) };`;
const REGISTER = "import { atomicRegister } from '../../../examples/custom-protocol/src/index.js';";
const ZMQ = "import { zmqTransport } from '@synod/transport-zmq';";

/** What the table of a section names must be what this module exports. */
const namesIn = (page: string, section: string, module: string): string => {
  const [, text = ''] = textOf(page).split(`\n## ${section}\n`);
  const rows = (text.split('\n## ')[0] as string).split('\n').filter((line) => line.startsWith('|'));
  const names = new Set(rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name as string)));
  return `import type { ${[...names].map((name) => `${name} as Named${name}`).join(', ')} } from '${module}';`;
};

/** By page, its blocks of TypeScript in their order. */
export const PROGRAMS: Readonly<Record<string, readonly Program[]>> = {
  'README.md': [
    { file: 'examples/quickstart/src/main.ts' },
    {
      before: [
        "import { colocated, group, MemoryNetwork, memoryStorage, memoryTransport, multiPaxos, startNode, state } from '@synod/core';",
        "import { levelStorage } from '@synod/storage-level';",
        ...[FILE, NATS, ZMQ, "import { places } from '../../docs/places.js';"],
        "import { runningNatsServer } from '../../support/nats-server.js';",
        'const place = await places();',
        'const server = (await runningNatsServer()).url;',
        ...["const cluster = colocated(['a', 'b', 'c']);", 'const network = new MemoryNetwork();', COUNTERS],
      ].join('\n'),
      replace: {
        "'tcp://10.0.0.1:7101'": 'place.peers.a',
        "'tcp://10.0.0.2:7101'": 'place.peers.b',
        "'tcp://10.0.0.3:7101'": 'place.peers.c',
        "'nats://10.0.0.9:4222'": 'server',
        'fileStorage({ directory: `./data': 'fileStorage({ directory: place.directory + `/file',
        'levelStorage({ directory: `./data': 'levelStorage({ directory: place.directory + `/level',
      },
      after: `export const told: number[] = [];
for (const start of [inMemory, overZmq, overNats]) {
  const nodes = await Promise.all((['a', 'b', 'c'] as const).map(start));
  told.push(await nodes[0]!.of(counters).submit({ add: 2 }));
  await Promise.all(nodes.map((node) => node.stop()));
}
await place.remove();`,
      tells: [2, 2, 2],
    },
  ],
  'docs/architecture.md': [
    {
      before: `import type { Address, Envelope, Logger, Message, Notice, Random, TraceEvent } from '@synod/core';
import type * as core from '@synod/core';
import type { Observable } from 'rxjs';`,
      after: `export const actors: [(actor: core.Actor) => Actor<Message>, (actor: Actor<Message>) => core.Actor] = [(actor) => actor, (actor) => actor];
export const effects: [(effect: core.Effect) => Effect, (effect: Effect) => core.Effect] = [(effect) => effect, (effect) => effect];`,
    },
    {
      before: [CORE, FILE, ZMQ, TEST_PLACES, COUNTER, OTHERS.replace('counters)', "group('counters', multiPaxos(), counter))")].join('\n'),
      replace: NODE_A,
      after: `export const told = await node.of(counters).query('total');\n${STOP}`,
      tells: 2,
    },
    {
      before: ["import { counts, group, multiPaxos, quorums, state } from '@synod/core';", COUNTER].join('\n'),
      after: 'export const told = few.name;',
      tells: 'counters',
    },
  ],
  'docs/write-a-transport.md': [
    { excerptOf: 'packages/core/src/transport/transport.ts' },
    { excerptOf: 'packages/core/src/transport/transport.ts' },
    { excerptOf: 'examples/custom-transport/src/wire.ts' },
    { excerptOf: 'examples/custom-transport/src/connection.ts' },
    { excerptOf: 'examples/custom-transport/src/connection.ts' },
    { excerptOf: 'examples/custom-transport/src/connection.ts' },
    { excerptOf: 'examples/custom-transport/src/connection.ts' },
    { excerptOf: 'examples/custom-transport/src/peer.ts' },
    { excerptOf: 'examples/custom-transport/src/tcp-transport.ts' },
    { excerptOf: 'examples/custom-transport/src/tcp-transport.ts' },
    { excerptOf: 'examples/custom-transport/src/tcp-transport.ts' },
    { file: 'examples/custom-transport/src/part.ts' },
    {
      before: [
        CORE,
        TEST_PLACES.replace('peers =', 'endpoints ='),
        TCP,
        COUNTERS,
        TCP_OTHERS,
        'const peers = addresses;',
        "const cluster = colocated(['a', 'b', 'c']);",
      ].join('\n'),
      replace: { "'0.0.0.0:7101'": 'addresses.a' },
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}`,
      tells: 2,
    },
    { excerptOf: 'packages/core/src/testing/transport-under-test.ts' },
    { excerptOf: 'packages/core/src/testing/transport-under-test.ts' },
    {
      before: `import { type TestRunner, transportSuite } from '@synod/core/testing';
import { tcpTransports } from '@synod/example-custom-transport/testing';
export const told: string[] = [];
const describe: TestRunner['describe'] = (name, body) => { told.push(name); body(); };
const it: TestRunner['it'] = (name) => { if (name.startsWith('carries frames between')) told.push(name); };`,
      tells: ['the transport TCP', 'carries frames between two nodes, both ways'],
    },
    { file: 'examples/custom-transport/src/testing/main.ts' },
  ],
  'docs/simulation.md': [{ file: 'examples/simulation/src/main.ts' }],
  'docs/write-a-storage.md': [
    { file: 'examples/custom-storage/src/one-file-storage.ts' },
    { file: 'examples/custom-storage/src/place.ts' },
    {
      // Another test runs the cases.
      replace: {
        "'./place.js'": "'../../../examples/custom-storage/src/place.js'",
        "import { describe, it } from 'vitest';": `const cases: string[] = [];
const describe = (_: string, body: () => void) => body();
const it = (name: string) => void cases.push(name);`,
      },
      after: 'export const told = cases.length > 0;',
      tells: true,
    },
    {
      before: [CORE, ZMQ, ONE_FILE, TEST_PLACES, COUNTERS, OTHERS].join('\n'),
      replace: NODE_A,
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}`,
      tells: 2,
    },
  ],
  'docs/write-a-protocol.md': [
    { excerptOf: 'packages/core/src/wiring/protocol.ts' },
    { excerptOf: 'examples/custom-protocol/src/messages.ts' },
    { excerptOf: 'examples/custom-protocol/src/coordinator.ts' },
    { excerptOf: 'examples/custom-protocol/src/coordinator.ts' },
    { excerptOf: 'examples/custom-protocol/src/acceptor.ts' },
    { excerptOf: 'examples/custom-protocol/src/acceptor-log.ts' },
    { excerptOf: 'examples/custom-protocol/src/acceptor.ts' },
    { excerptOf: 'examples/custom-protocol/src/coordinator.ts' },
    { excerptOf: 'examples/custom-protocol/src/client.ts' },
    { excerptOf: 'examples/custom-protocol/src/protocol.ts' },
    {
      before: [
        ...[CORE, FILE, ZMQ, REGISTER, TEST_PLACES, COUNTERS],
        namesIn('docs/write-a-protocol.md', 'What core offers', '@synod/core/consensus'),
        namesIn('docs/write-a-protocol.md', 'Another Multi-Paxos', '@synod/core/multi-paxos'),
        OTHERS.replace(' counters)', " counters, group('config', atomicRegister<{ motd: string }>()))"),
      ].join('\n'),
      replace: NODE_A,
      after: `export const told = [await node.of(config).read(), await node.of(counters).query('total')];\n${STOP}`,
      tells: [{ motd: 'hello' }, 2],
    },
    { excerptOf: 'examples/custom-protocol/src/subject.ts' },
    { excerptOf: 'examples/custom-protocol/src/invariants.ts' },
    { excerptOf: 'examples/custom-protocol/src/invariants.ts' },
    { excerptOf: 'examples/custom-protocol/src/planted.ts' },
    { excerptOf: 'examples/custom-protocol/src/main.ts' },
  ],
  'packages/fast-paxos/README.md': [
    {
      before: ["import { group, state } from '@synod/core';", COUNTER].join('\n'),
      after: 'export const told = counters.name;',
      tells: 'counters',
    },
  ],
  'packages/storage-level/README.md': [
    {
      before: [CORE, ZMQ, TEST_PLACES, COUNTERS, OTHERS].join('\n'),
      replace: NODE_A,
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}`,
      tells: 2,
    },
  ],
  'packages/transport-nats/README.md': [
    {
      before: [CORE, FILE, NATS_PLACES, COUNTERS, NATS_OTHERS].join('\n'),
      replace: {
        "['nats://10.0.0.1:4222', 'nats://10.0.0.2:4222', 'nats://10.0.0.3:4222'], creds": 'servers',
        "'./data/a'": 'place.directory',
      },
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}`,
      tells: 2,
    },
    {
      before: [CORE, FILE, NATS, "import { connect } from 'nats';", NATS_PLACES, COUNTERS, NATS_OTHERS].join('\n'),
      replace: { "'./data/a'": 'place.directory' },
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}\nawait connection.close();`,
      tells: 2,
    },
  ],
  'examples/fast-paxos/README.md': [{ excerptOf: 'examples/fast-paxos/src/far-away.ts' }],
  'examples/custom-transport/README.md': [
    {
      before: [CORE, FILE, TEST_PLACES, TCP, COUNTERS, TCP_OTHERS].join('\n'),
      replace: {
        "'0.0.0.0:7101'": 'addresses.a',
        "'10.0.0.1:7101'": 'addresses.a',
        "'10.0.0.2:7101'": 'addresses.b',
        "'10.0.0.3:7101'": 'addresses.c',
        "'./data/a'": 'place.directory',
      },
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}`,
      tells: 2,
    },
    {
      before: [CORE, TEST_PLACES, TCP, COUNTERS, TCP_OTHERS].join('\n'),
      replace: { "'10.0.0.1:7101'": 'addresses.a', "'10.0.0.2:7101'": 'addresses.b', "'10.0.0.3:7101'": 'addresses.c' },
      after: `const node = await startNode({ self: 'a', cluster: colocated(['a', 'b', 'c']) }, tcpTransport({ listen: addresses.a, peers: addresses }), memoryStorage(), counters);
export const told = await client.of(counters).submit({ add: 2 });
await client.stop();\n${STOP}`,
      tells: 2,
    },
  ],
  'packages/storage-file/README.md': [
    {
      before: [CORE, ZMQ, TEST_PLACES, COUNTERS, OTHERS].join('\n'),
      replace: NODE_A,
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}`,
      tells: 2,
    },
  ],
  'packages/transport-zmq/README.md': [
    {
      before: [CORE, FILE, TEST_PLACES, COUNTERS, OTHERS].join('\n'),
      replace: {
        ...NODE_A,
        "'tcp://10.0.0.1:7101'": 'peers.a',
        "'tcp://10.0.0.2:7101'": 'peers.b',
        "'tcp://10.0.0.3:7101'": 'peers.c',
        "'tcp://0.0.0.0:7201'": 'place.doors.a',
      },
      after: `export const told = await node.of(counters).submit({ add: 2 });\n${STOP}`,
      tells: 2,
    },
    {
      before: [CORE, ZMQ, TEST_PLACES, COUNTERS, OTHERS].join('\n'),
      replace: {
        "'tcp://10.0.0.1:7201'": 'place.doors.a',
        "'tcp://10.0.0.2:7201'": 'place.doors.b',
        "'tcp://10.0.0.3:7201'": 'place.doors.c',
      },
      after: `const node = await startNode({ self: 'a', cluster: colocated(['a', 'b', 'c']) }, zmqTransport({ bind: peers.a, peers, door: place.doors.a }), memoryStorage(), counters);
export const told = await client.of(counters).submit({ add: 2 });
await client.stop();\n${STOP}`,
      tells: 2,
    },
    {
      before: `import { colocated } from '@synod/core';
import { newCurveKeys, ZmqTransport } from '@synod/transport-zmq';
const keys = { a: newCurveKeys(), b: newCurveKeys(), c: newCurveKeys(), shop: newCurveKeys() };
const { secretKey } = keys.a;`,
      replace: {
        "a: '…'": 'a: keys.a.publicKey',
        "b: '…'": 'b: keys.b.publicKey',
        "c: '…'": 'c: keys.c.publicKey',
        "'…'": 'keys.shop.publicKey',
      },
      after: `const peers = { b: 'tcp://b:1', c: 'tcp://c:1' };
const identity = { self: 'a', cluster: 'synod', topology: colocated(['a', 'b', 'c']) };
export const told = new ZmqTransport(identity, { bind: 'tcp://*:7101', peers, door: 'tcp://*:7201', curve }).capabilities.clients;`,
      tells: true,
    },
  ],
};
