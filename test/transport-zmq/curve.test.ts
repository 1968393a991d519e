import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { newCurveKeys, type ZmqOptions, type ZmqServerCurve } from '@synod/transport-zmq';
import { expect, onTestFinished, test } from 'vitest';
import { Dealer, Push, type SocketOptions } from 'zeromq';
import {
  bytes,
  connected,
  frames,
  freeEndpoints,
  freePeers,
  heard,
  insist,
  type Probe,
  probe,
  refusals,
  started,
  texts,
  told,
} from './support.js';

/** One key pair for everybody that appears here. */
const keys = { a: newCurveKeys(), b: newCurveKeys(), c: newCurveKeys(), shop: newCurveKeys(), stranger: newCurveKeys() };
const nodes = { a: keys.a.publicKey, b: keys.b.publicKey, c: keys.c.publicKey };
const clients = [keys.shop.publicKey];

const endpoints = async () => {
  const peers = await freePeers();
  const [door] = (await freeEndpoints(1)) as [string];
  return { peers, door };
};
type Endpoints = Awaited<ReturnType<typeof endpoints>>;

const ofA = ({ peers, door }: Endpoints, curve: Partial<ZmqServerCurve> = {}): ZmqOptions => ({
  bind: peers.a,
  peers,
  door,
  curve: { secretKey: keys.a.secretKey, nodes, clients, ...curve },
});

const ofB = ({ peers }: Endpoints, curve: Partial<ZmqServerCurve> = {}): ZmqOptions => ({
  bind: peers.b,
  peers,
  curve: { secretKey: keys.b.secretKey, nodes, ...curve },
});

const ofClient = ({ door }: Endpoints, secretKey = keys.shop.secretKey): ZmqOptions => ({
  doors: { a: door },
  curve: { secretKey, nodes },
});

const talks = (client: Probe, server: Probe, text: string) => insist(() => client.transport.send('a', bytes(text)), heard(server, text));

/** What a foreign socket needs to be a CURVE client of node a. */
const withKeys = ({ publicKey, secretKey }: typeof keys.a, server = keys.a.publicKey) => ({
  curvePublicKey: publicKey,
  curveSecretKey: secretKey,
  curveServerKey: server,
});

/** A foreign socket that sends what must not come in; ZeroMQ takes it once there is a connection. */
const intruder = (socket: Push | Dealer, endpoint: string): void => {
  socket.connect(endpoint);
  onTestFinished(() => socket.close());
  socket.send('let me in').catch(() => {});
};
/** What a client without a key says: greeting, READY, and once the other end is ready too, a message. */
const withoutKey = (endpoint: string, type: 'PUSH' | 'DEALER'): void => {
  const socket = connect(Number(endpoint.split(':').at(-1)), '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const greeting = Buffer.alloc(64);
  greeting.set([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]);
  greeting.write('NULL', 12);
  const property = (name: string, value: string) => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(value.length);
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), size, Buffer.from(value)]);
  };
  const ready = Buffer.concat([Buffer.from('\x05READY'), property('Socket-Type', type), property('Identity', 'shop')]);
  const text = Buffer.from('let me in');
  socket.write(Buffer.concat([greeting, Buffer.from([4, ready.length]), ready]));
  socket.on('data', (answer) => answer.includes('READY') && socket.write(Buffer.concat([Buffer.from([0, text.length]), text])));
};
const atBind = (at: Endpoints, options: SocketOptions<Push>): void =>
  intruder(new Push({ linger: 0, immediate: true, ...options }), at.peers.a);
const atDoor = (at: Endpoints, options: SocketOptions<Dealer>): void =>
  intruder(new Dealer({ linger: 0, immediate: true, routingId: 'shop', ...options }), at.door);

/** A way to `endpoint` on which one bit can be changed, in the last byte of what comes next. */
const changing = async (endpoint: string) => {
  const due = new Set<'requests' | 'answers'>();
  const pass = (what: 'requests' | 'answers', from: Socket, to: Socket) => {
    from.on('data', (data) => {
      if (due.delete(what)) data[data.length - 1]! ^= 1;
      to.write(data);
    });
    from.on('close', () => to.destroy()).on('error', () => {});
  };
  const server = createServer((near) => {
    const far = connect(Number(endpoint.split(':').at(-1)), '127.0.0.1');
    pass('requests', near, far);
    pass('answers', far, near);
  });
  onTestFinished(() => void server.close());
  const port = await new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)));
  return { endpoint: `tcp://127.0.0.1:${port}`, change: (what: 'requests' | 'answers') => void due.add(what) };
};

test.each<[string, (at: Endpoints) => void, RegExp]>([
  ['a client without a key', ({ door }) => withoutKey(door, 'DEALER'), /at door: somebody without CURVE/],
  ['a client whose key is not on the list', (at) => atDoor(at, withKeys(keys.stranger)), /at door: a key that is not in curve.clients/],
  ['a client with the key of a listed node', (at) => atDoor(at, withKeys(keys.b)), /at door: the key of node b; nodes come in at bind/],
  [
    'a client that takes the node for another',
    (at) => atDoor(at, withKeys(keys.shop, keys.stranger.publicKey)),
    /at door: what cannot be decrypted/,
  ],
  [
    'a client that does not own its public key',
    (at) => atDoor(at, withKeys({ ...keys.stranger, publicKey: keys.shop.publicKey })),
    /at door: /,
  ],
  ['a node without a key', ({ peers }) => withoutKey(peers.a, 'PUSH'), /at bind: somebody without CURVE/],
  ['a node whose key is not of a listed one', (at) => atBind(at, withKeys(keys.stranger)), /at bind: a key that is not in curve.nodes/],
  ['a node with the key of a client', (at) => atBind(at, withKeys(keys.shop)), /at bind: the key of a client; clients come in at door/],
])('%s gets nothing in, is counted each time, and is logged once', async (_, intrude, reason) => {
  const at = await endpoints();
  const a = await started('a', ofA(at));
  intrude(at);
  await refusals(a, reason, 1);
  intrude(at);
  await refusals(a, reason, 2);
  await talks(await started('shop', ofClient(at)), a, 'from the shop');
  await talks(await started('b', ofB(at)), a, 'from b');
  const got = await texts(a, 2);
  expect(got).not.toContain('let me in');
  expect(a.log.map(({ message }) => message)).toEqual([expect.stringMatching(reason)]);
});

test('the log says whose key was refused, and from where', async () => {
  const at = await endpoints();
  const a = await started('a', ofA(at));
  atDoor(at, withKeys(keys.stranger));
  await refusals(a, /curve.clients/, 1);
  expect(a.log).toEqual([
    {
      message: 'transport-zmq: refused at door: a key that is not in curve.clients',
      details: { key: keys.stranger.publicKey, address: '127.0.0.1' },
    },
  ]);
});

test('frames both ways arrive between nodes and clients that know each other', async () => {
  const at = await endpoints();
  const [a, b, shop] = await Promise.all([started('a', ofA(at)), started('b', ofB(at)), started('shop', ofClient(at))]);
  await talks(shop, a, 'from the shop');
  await insist(() => a.transport.send('shop', bytes('to the shop')), heard(shop, 'to the shop'));
  await talks(b, a, 'from b');
  await insist(() => a.transport.send('b', bytes('to b')), heard(b, 'to b'));
  expect([a, b, shop].flatMap(({ log }) => log)).toEqual([]);
});

test('a frame of exactly the limit arrives, and a larger one is cut off', async () => {
  const at = await endpoints();
  const a = await started('a', { ...ofA(at), maxFrameBytes: 2048 });
  const b = await started('b', { ...ofB(at), maxFrameBytes: 4096 });
  await connected(b, 'a');
  b.transport.send('a', new Uint8Array(2048));
  b.transport.send('a', new Uint8Array(2049));
  await frames(a);
  await insist(() => b.transport.send('a', bytes('again')), heard(a, 'again'));
  expect((await frames(a, 2)).map(({ length }) => length)).toEqual([2048, 5]);
});

test('who has CURVE and who has not do not meet, and both are told why', async () => {
  const at = await endpoints();
  const a = await started('a', { bind: at.peers.a, peers: at.peers, door: at.door });
  const shop = await started('shop', ofClient(at));
  shop.transport.send('a', bytes('let me in'));
  await refusals(a, /at door: somebody with CURVE/, 2);
  await refusals(shop, /by a: .* CURVE/, 2);
  expect(a.log.map(({ message }) => message)).toEqual(['transport-zmq: refused at door: somebody with CURVE, or with a password']);
  await talks(await started('plain', { doors: { a: at.door } }), a, 'hello');
  expect(await texts(a)).toEqual(['hello']);
});

test('a node without CURVE lets in who has no key', async () => {
  const at = await endpoints();
  const a = await started('a', { bind: at.peers.a, peers: at.peers, door: at.door });
  withoutKey(at.door, 'DEALER');
  await heard(a, 'let me in');
});

test('a client without CURVE is told that the door wants it', async () => {
  const at = await endpoints();
  await started('a', ofA(at));
  const shop = await started('shop', { doors: { a: at.door } });
  await refusals(shop, /by a: .* CURVE/, 2);
});

test('a client that is refused hears so, tries again, and comes in once its key is on the list', async () => {
  const at = await endpoints();
  const first = await started('a', ofA(at, { clients: [] }));
  const shop = await started('shop', ofClient({ ...at, door: at.door.replace('127.0.0.1', 'localhost') }));
  await refusals(shop, /^by a: tcp:.* does not let in the key of this node/, 2);
  expect(shop.log).toEqual([
    { message: expect.stringContaining('does not let in the key of this node'), details: { key: keys.shop.publicKey } },
  ]);
  await first.transport.stop();
  await talks(shop, await started('a', ofA(at)), 'at last');
});

test('a peer without CURVE is met once it has it', async () => {
  const at = await endpoints();
  const first = await started('a', { bind: at.peers.a, peers: at.peers });
  const b = await started('b', ofB(at));
  await refusals(b, /by a: /, 1);
  await first.transport.stop();
  await talks(b, await started('a', ofA(at)), 'at last');
});

test('a node is met under either key while both are listed, so it gets another by restarts alone', async () => {
  const at = await endpoints();
  const renewed = newCurveKeys();
  const both = { ...nodes, a: [keys.a.publicKey, renewed.publicKey] };
  const b = await started('b', ofB(at, { nodes: both }));
  const old = await started('a', ofA(at, { nodes: both }));
  await talks(b, old, 'to the old key');
  await insist(() => old.transport.send('b', bytes('from the old key')), heard(b, 'from the old key'));
  await old.transport.stop();
  const young = await started('a', ofA(at, { nodes: both, secretKey: renewed.secretKey }));
  await talks(b, young, 'to the new key');
  await insist(() => young.transport.send('b', bytes('from the new key')), heard(b, 'from the new key'));
  await b.transport.stop();
  const last = await started('b', ofB(at, { nodes: { ...nodes, a: renewed.publicKey } }));
  await talks(last, young, 'to the only key');
  await insist(() => young.transport.send('b', bytes('from the only key')), heard(last, 'from the only key'));
});

test('a node that kept its old key is heard no more by those that list the new one', async () => {
  const at = await endpoints();
  const a = await started('a', ofA(at, { nodes: { ...nodes, b: newCurveKeys().publicKey } }));
  const b = await started('b', ofB(at));
  b.transport.send('a', bytes('let me in'));
  await refusals(b, /does not let in the key of this node/, 1);
  await refusals(a, /at bind: a key that is not in curve.nodes/, 1);
  await talks(await started('shop', ofClient(at)), a, 'hello');
  expect(await texts(a)).toEqual(['hello']);
});

test('a message that was changed on its way does not arrive, and its connection is replaced', async () => {
  const at = await endpoints();
  const a = await started('a', { ...ofA(at), heartbeat: 100 });
  const proxy = await changing(at.door);
  const shop = await started('shop', { ...ofClient({ ...at, door: proxy.endpoint }), heartbeat: 100 });
  await talks(shop, a, 'to a');
  await insist(() => a.transport.send('shop', bytes('to the shop')), heard(shop, 'to the shop'));
  proxy.change('answers');
  a.transport.send('shop', bytes('changed'));
  await told(shop, 'disconnected');
  await talks(shop, a, 'to a again');
  await insist(() => a.transport.send('shop', bytes('to the shop again')), heard(shop, 'to the shop again'));
  proxy.change('requests');
  shop.transport.send('a', bytes('changed'));
  await talks(shop, a, 'to a at last');
  // What never left may come later, but nothing is other than it was sent.
  const sent = ['to a', 'to the shop', 'changed', 'to a again', 'to the shop again', 'to a at last'];
  for (const probe of [a, shop]) {
    await probe.transport.stop();
    expect((await texts(probe, 1_000_000)).filter((text) => !sent.includes(text))).toEqual([]);
  }
});

test('nonsense at the handler of keys is answered, and does not stop it', async () => {
  const at = await endpoints();
  const a = await started('a', ofA(at));
  const asks = new Dealer({ context: a.transport.unwrap().context, linger: 0 });
  onTestFinished(() => asks.close());
  asks.connect('inproc://zeromq.zap.01');
  const key = Buffer.alloc(32);
  const statuses: string[] = [];
  for (const request of [
    ['nonsense'],
    [''],
    ['', '2.0', '1', 'door', '127.0.0.1', '', 'CURVE', key],
    ['', '1.0', '1', 'window', '127.0.0.1', '', 'CURVE', key],
    ['', '1.0', '1', 'door', '127.0.0.1', '', 'PLAIN', 'user', 'password'],
    ['', '1.0', '1', 'door', '127.0.0.1', '', 'CURVE', 'short'],
    ['', '1.0', '1', 'door', '127.0.0.1', '', 'CURVE', key, 'more'],
    ['', '1.0', '1', 'door', '127.0.0.1', '', 'CURVE', key],
  ]) {
    await asks.send(request);
    const reply = await asks.receive();
    const [version, , status] = reply.slice(reply.findIndex((part) => part.length === 0) + 1);
    expect(version!.toString()).toBe('1.0');
    statuses.push(status!.toString());
  }
  expect(statuses).toEqual([...Array(7).fill('500'), '400']);
  await talks(await started('shop', ofClient(at)), a, 'hello');
});

test('without its handler of keys a node lets nobody in', async () => {
  const at = await endpoints();
  const a = await started('a', ofA(at));
  const { zap } = a.transport.unwrap();
  zap!.close();
  const shop = await started('shop', ofClient(at));
  shop.transport.send('a', bytes('let me in'));
  await refusals(a, /at door: /, 2);
  await a.transport.stop();
  expect(await frames(a)).toEqual([]);
});

test('no secret key is told, whatever is refused', async () => {
  const at = await endpoints();
  const a = await started('a', ofA(at));
  atDoor(at, withKeys(keys.stranger));
  atBind(at, withKeys(keys.shop));
  const shop = await started('shop', ofClient(at, keys.stranger.secretKey));
  await refusals(shop, /by a/, 1);
  const statuses: unknown[] = [];
  for (const { status$ } of [a, shop]) status$.subscribe((status) => statuses.push(status));
  const all = JSON.stringify([statuses, a.log, shop.log]);
  expect(a.log.length).toBeGreaterThan(0);
  for (const { secretKey } of Object.values(keys)) expect(all).not.toContain(secretKey);
});

test('a stopped node leaves its ports free, with CURVE too', async () => {
  const at = await endpoints();
  const a = probe('a', ofA(at));
  await a.transport.start();
  await a.transport.stop();
  const again = await started('a', ofA(at));
  await talks(await started('b', ofB(at)), again, 'hello');
  await told(again, 'listening');
});
