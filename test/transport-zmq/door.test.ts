import { expect, onTestFinished, test } from 'vitest';
import { Dealer } from 'zeromq';
import { bytes, connected, frames, freeEndpoints, freePeers, heard, insist, type Probe, run, started, told } from './support.js';

/** A server with a door that answers each frame to `client`. */
const echoing = async (client = 'shop') => {
  const [door] = (await freeEndpoints(1)) as [string];
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers, door });
  a.transport.inbound$.subscribe((frame) => {
    a.transport.send(client, bytes(`echo of ${Buffer.from(frame).toString()}`));
  });
  return { a, door };
};

const client = (door: string, self = 'shop'): Promise<Probe> => started(self, { doors: { a: door } });

const roundTrip = (from: Probe, text: string) => insist(() => from.transport.send('a', bytes(text)), heard(from, `echo of ${text}`));

/** A foreign socket at the door, under a name of its choice. */
const stranger = (door: string, routingId: string | null): Dealer => {
  const dealer = new Dealer({ linger: 0, ...(routingId !== null && { routingId }) });
  dealer.connect(door);
  onTestFinished(() => dealer.close());
  return dealer;
};

test('a reply returns over the connection that the client opened', async () => {
  const { door } = await echoing();
  const shop = await client(door);
  expect(shop.transport.send('a', bytes('hello'))).toBe(true);
  await heard(shop, 'echo of hello');
});

test('a reply of many bytes arrives unchanged', async () => {
  const { a, door } = await echoing();
  const shop = await client(door);
  await roundTrip(shop, 'hello');
  const large = Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) % 256);
  a.transport.send('shop', Uint8Array.from(large));
  const got = (await frames(shop, 2)).find((frame) => frame.length === large.length) ?? (await frames(shop, 3))[2]!;
  expect(Buffer.compare(got, large)).toBe(0);
});

test('a single frame that is sent before the door opens gets its reply once it does', async () => {
  const [door] = (await freeEndpoints(1)) as [string];
  const shop = await client(door);
  expect(shop.transport.send('a', bytes('hello'))).toBe(true);
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers, door });
  await heard(a, 'hello');
  a.transport.send('shop', bytes('hello to you'));
  await heard(shop, 'hello to you');
});

test('a client that was never heard cannot be sent to', async () => {
  const { a } = await echoing();
  expect(a.transport.send('shop', bytes('hello'))).toBe(false);
  expect(await told(a, 'dropped')).toMatchObject({ node: 'shop', reason: 'unknown node' });
});

test('a client cannot send to a node whose door it does not know', async () => {
  const { door } = await echoing();
  const shop = await client(door);
  expect(shop.transport.send('b', bytes('hello'))).toBe(false);
  expect(shop.transport.send('shop', bytes('hello'))).toBe(false);
});

test('a client that restarts under its name gets its replies', async () => {
  const { door } = await echoing();
  const first = await client(door);
  await roundTrip(first, 'first life');
  await first.transport.stop();
  const second = await client(door);
  await roundTrip(second, 'second life');
});

test('a client that comes again while its older connection still stands takes over its name', async () => {
  const { door } = await echoing();
  const first = await client(door);
  await roundTrip(first, 'first life');
  const second = await client(door);
  await roundTrip(second, 'second life');
});

test('a client that vanished is forgotten, and what was for it is counted', async () => {
  const { a, door } = await echoing();
  const shop = await client(door);
  await roundTrip(shop, 'hello');
  await shop.transport.stop();
  const dropped = told(a, 'dropped', ({ reason }) => reason === 'client gone');
  await insist(() => a.transport.send('shop', bytes('are you there?')), dropped);
  expect(await dropped).toMatchObject({ node: 'shop' });
  expect(a.transport.send('shop', bytes('are you there?'))).toBe(false);
});

test('a client that does not read holds up no other client', async () => {
  const [door] = (await freeEndpoints(1)) as [string];
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers, door });
  const deaf = stranger(door, 'deaf');
  await deaf.send('hello');
  await heard(a, 'hello');
  const shop = await client(door);
  shop.transport.send('a', bytes('from the shop'));
  await heard(a, 'from the shop');
  for (let i = 0; i < 5_000; i++) {
    a.transport.send('deaf', Buffer.alloc(16 * 1024));
    if (i % 100 === 0) await new Promise((done) => setImmediate(done));
  }
  expect(await told(a, 'dropped')).toMatchObject({ node: 'deaf', reason: 'queue full' });
  a.transport.send('shop', bytes('past the deaf one'));
  await heard(shop, 'past the deaf one');
});

test('a killed client process does not trouble the server, and its next life is served', async () => {
  const { door } = await echoing('shop');
  const life = (text: string) => `
    import { colocated } from '@synod/core';
    import { ZmqTransport } from '@synod/transport-zmq';
    const shop = new ZmqTransport({ self: 'shop', cluster: 'test', topology: colocated(['a', 'b', 'c']) }, { doors: { a: '${door}' } });
    shop.inbound$.subscribe((frame) => console.log(Buffer.from(frame).toString()));
    await shop.start();
    shop.send('a', Buffer.from('${text}'));
  `;
  const first = run(life('one'));
  await first.said('echo of one');
  first.process.kill('SIGKILL');
  await first.exited;
  await run(life('two')).said('echo of two');
});

test('nobody comes in under the name of a listed node, under no name, or with parts that are no frame', async () => {
  const { a, door } = await echoing();
  await stranger(door, 'b').send('I am b');
  await stranger(door, null).send('I am nobody');
  await stranger(door, 'not a name').send('I am somebody');
  await stranger(door, 'parted').send(['two', 'parts']);
  const shop = await client(door);
  await roundTrip(shop, 'hello');
  const impostor = await told(a, 'refused', ({ reason }) => reason.includes('listed node b'));
  expect(impostor.reason).toContain('at the door');
  let others = 0;
  await told(a, 'refused', ({ reason }) => {
    if (reason.includes('not a frame of a client')) others += Number(/\((\d+) times\)/.exec(reason)?.[1] ?? 1);
    return others === 3;
  });
  expect(await frames(a, 1)).toEqual([Buffer.from('hello')]);
});

test('a server remembers a bounded number of clients, the least recently heard forgotten first', async () => {
  const [door] = (await freeEndpoints(1)) as [string];
  const peers = await freePeers();
  const a = await started('a', { bind: peers.a, peers, door, maxClients: 2 });
  for (const name of ['one', 'two', 'three']) {
    const dealer = stranger(door, name);
    await dealer.send(`I am ${name}`);
    await heard(a, `I am ${name}`);
  }
  expect(['one', 'two', 'three'].map((name) => a.transport.send(name, bytes('hello')))).toEqual([false, true, true]);
});

test('a client talks to the doors that are open while others are shut', async () => {
  const { door } = await echoing();
  const [shut] = (await freeEndpoints(1)) as [string];
  const shop = await started('shop', { doors: { a: door, b: shut } });
  for (let i = 0; i < 100; i++) shop.transport.send('b', bytes('anyone?'));
  await roundTrip(shop, 'hello');
  await connected(shop, 'a');
});
