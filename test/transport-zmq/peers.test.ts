import { expect, onTestFinished, test } from 'vitest';
import { Pull } from 'zeromq';
import { bytes, connected, frames, freeEndpoints, freePeers, heard, insist, run, started, texts, told, within } from './support.js';

/** A process that binds a PULL socket and never reads. */
const neverReads = (endpoint: string): string => `
  import { Pull } from 'zeromq';
  const pull = new Pull({ receiveHighWaterMark: 16 });
  await pull.bind('${endpoint}');
  console.log('bound');
  // Holds on to the socket, which would be collected otherwise.
  setInterval(() => pull.closed, 1000);
`;

test('what is sent to a peer that is not there yet arrives once it is', async () => {
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers });
  for (const text of ['one', 'two', 'three']) expect(a.transport.send('b', bytes(text))).toBe(true);
  const b = await started('b', { bind: peers.b, peers });
  expect(await texts(b, 3)).toEqual(['one', 'two', 'three']);
});

test('of many frames to an absent peer the newest few wait for it, and the others are counted', async () => {
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers });
  for (let i = 0; i < 1000; i++) a.transport.send('b', bytes(`${i}`));
  expect(await told(a, 'dropped')).toMatchObject({ node: 'b', reason: 'not connected', count: 1000 - 65 });
  const b = await started('b', { bind: peers.b, peers });
  await heard(b, '999');
  expect((await texts(b, 65)).slice(1)).toEqual(Array.from({ length: 64 }, (_, i) => `${936 + i}`));
});

test('a peer that restarts is heard again, and both ends say so', async () => {
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers });
  const first = await started('b', { bind: peers.b, peers });
  await Promise.all([connected(a, 'b'), connected(first, 'a')]);
  a.transport.send('b', bytes('to the first'));
  await heard(first, 'to the first');
  await first.transport.stop();
  await told(a, 'disconnected', ({ node }) => node === 'b');
  const second = await started('b', { bind: peers.b, peers });
  await insist(() => a.transport.send('b', bytes('to the second')), heard(second, 'to the second'));
  await insist(() => second.transport.send('a', bytes('from the second')), heard(a, 'from the second'));
});

test('a peer that reads nothing costs a bounded queue, and delays no other peer', async () => {
  const peers = await freePeers();
  const deaf = new Pull({ receiveHighWaterMark: 16 });
  onTestFinished(() => deaf.close());
  await deaf.bind(peers.b);
  const a = await started('a', { bind: peers.a, peers, queueFrames: 100 });
  const c = await started('c', { bind: peers.c, peers });
  await Promise.all([connected(a, 'b'), connected(a, 'c')]);
  const frame = () => Buffer.alloc(64 * 1024, 1);
  let accepted = 0;
  // Two GiB, if all of it were kept.
  for (let i = 0; i < 32_768; i++) {
    if (a.transport.send('b', frame())) accepted++;
    if (i % 1024 === 0) await new Promise((done) => setImmediate(done));
  }
  expect(accepted).toBeLessThan(1_000);
  const dropped = await told(a, 'dropped');
  expect(dropped).toMatchObject({ node: 'b', reason: 'queue full' });
  expect(a.transport.send('c', bytes('past the deaf one'))).toBe(true);
  await within(5_000, heard(c, 'past the deaf one'));
});

test('the queue of a slow peer is bounded by bytes too', async () => {
  const peers = await freePeers();
  const deaf = new Pull({ receiveHighWaterMark: 16 });
  onTestFinished(() => deaf.close());
  await deaf.bind(peers.b);
  const a = await started('a', { bind: peers.a, peers, maxFrameBytes: 65_536, queueBytes: 4 * 65_536 });
  await connected(a, 'b');
  let accepted = 0;
  for (let i = 0; i < 1_500; i++) {
    if (a.transport.send('b', Buffer.alloc(65_536, 1))) accepted++;
    if (i % 50 === 0) await new Promise((done) => setImmediate(done));
  }
  // Both high-water marks, the kernel's buffers, and four in the queue, where there is room for 1,000 by count.
  expect(accepted).toBeLessThan(900);
});

test('a stopped process is given up after a few silent heartbeats, and holds up nobody meanwhile', async () => {
  const peers = await freePeers();
  const program = run(neverReads(peers.b));
  await program.said('bound');
  const a = await started('a', { bind: peers.a, peers, heartbeat: 100 });
  const c = await started('c', { bind: peers.c, peers });
  await Promise.all([connected(a, 'b'), connected(a, 'c')]);
  program.process.kill('SIGSTOP');
  for (let i = 0; i < 5_000; i++) a.transport.send('b', Buffer.alloc(16 * 1024));
  a.transport.send('c', bytes('past the stopped one'));
  await within(5_000, heard(c, 'past the stopped one'));
  await told(a, 'disconnected', ({ node }) => node === 'b');
  program.process.kill('SIGCONT');
});

test('an endpoint that is no node’s is said to be refused', async () => {
  const [bind, door] = (await freeEndpoints(2)) as [string, string];
  const peers = { a: bind, b: door };
  await started('b', { bind: (await freeEndpoints(1))[0]!, peers: { a: bind }, door }, ['a', 'b']);
  // `peers.b` is the door of b, not what it binds for nodes.
  const a = await started('a', { bind, peers }, ['a', 'b']);
  expect((await told(a, 'refused')).reason).toContain('by b');
});

test('traffic both ways at once loses nothing', async () => {
  const peers = await freePeers();
  const nodes = await Promise.all((['a', 'b', 'c'] as const).map((self) => started(self, { bind: peers[self], peers })));
  await Promise.all(nodes.flatMap((node, i) => ['a', 'b', 'c'].filter((_, j) => j !== i).map((other) => connected(node, other))));
  for (let i = 0; i < 300; i++) {
    for (const node of nodes) for (const other of ['a', 'b', 'c']) node.transport.send(other, Buffer.alloc(100 + i, i));
    if (i % 20 === 0) await new Promise((done) => setImmediate(done));
  }
  for (const node of nodes) expect(await frames(node, 600)).toHaveLength(600);
});
