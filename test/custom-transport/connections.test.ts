import { filter, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { HEARTBEAT, prefix } from '../../examples/custom-transport/src/wire.js';
import {
  bytes,
  closed,
  connected,
  dial,
  dropped,
  framed,
  freePeers,
  heard,
  insist,
  listen,
  probe,
  refused,
  started,
  textOf,
  told,
  turn,
  within,
} from './support.js';

const HELLO_OF_B = framed('synod-tcp/1\nb\ntest');

test('frames go both ways, and none to oneself', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers });
  const b = await started('b', { listen: peers.b, peers });
  expect(a.transport.send('a', bytes('to myself'))).toBe(false);
  a.transport.send('b', bytes('from a'));
  b.transport.send('a', bytes('from b'));
  await Promise.all([heard(b, 'from a'), heard(a, 'from b')]);
});

test('a client that comes again replaces its older connection', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers });
  const older = await dial(peers.a);
  older.write(framed('synod-tcp/1\nshop\ntest', 'before'));
  await heard(a, 'before');
  const shop = await started('shop', { peers });
  await closed(older);
  await insist(() => shop.transport.send('a', bytes('again')), heard(a, 'again'));
  expect(a.transport.send('shop', bytes('to the new one'))).toBe(true);
  await heard(shop, 'to the new one');
});

test('a client that is gone is forgotten', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers });
  const shop = await started('shop', { peers });
  await insist(() => shop.transport.send('a', bytes('hello')), heard(a, 'hello'));
  await shop.transport.stop();
  while (a.transport.send('shop', bytes('anybody there?'))) await turn();
  await dropped(a, 'shop', 'unknown node');
});

test('a node that is away gets the newest frames when it comes, and when it comes again', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers });
  for (const life of ['first', 'second']) {
    for (let i = 0; i < 100; i++) expect(a.transport.send('b', bytes(`${life} ${i}`))).toBe(true);
    const b = await started('b', { listen: peers.b, peers });
    await heard(b, `${life} 99`);
    const disconnected = firstValueFrom(a.transport.status$.pipe(filter(({ status }) => status === 'disconnected')));
    await b.transport.stop();
    await disconnected;
    const frames = await lastValueFrom(b.frames$.pipe(toArray()));
    expect(frames.map(textOf)).toEqual(Array.from({ length: 64 }, (_, i) => `${life} ${i + 36}`));
  }
  await dropped(a, 'b', 'not connected');
});

test('of what is sent in one turn the queue takes so many frames, and all of them arrive', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers, queueFrames: 100 });
  const b = await started('b', { listen: peers.b, peers });
  await connected(a, 'b');
  // Far more than the socket is offered at once, and nothing afterwards.
  const frames = Array.from({ length: 101 }, (_, i) => Buffer.alloc(10_000, i));
  expect(frames.map((frame) => a.transport.send('b', frame))).toEqual([...Array.from({ length: 100 }, () => true), false]);
  const arrived = await firstValueFrom(b.frames$.pipe(take(100), toArray()));
  expect(Buffer.concat(arrived).equals(Buffer.concat(frames.slice(0, 100)))).toBe(true);
});

test('a node that takes nothing holds a bounded queue, is given up, and holds up no other', async () => {
  const peers = await freePeers();
  await listen(peers.b, (socket) => socket.pause().write(HELLO_OF_B));
  const a = await started('a', { listen: peers.a, peers, maxFrameBytes: 100_000, queueBytes: 2_000_000, heartbeat: 100 });
  const c = await started('c', { listen: peers.c, peers, heartbeat: 100 });
  await connected(a, 'b');
  const frame = new Uint8Array(100_000);
  let most = 0;
  while (a.transport.send('b', frame)) {
    await turn();
    most = Math.max(most, ...a.transport.unwrap().connections.map(({ writableLength }) => writableLength));
  }
  expect(most).toBeLessThan(2_000_000);
  a.transport.send('c', bytes('you too?'));
  await heard(c, 'you too?');
  await dropped(a, 'b', 'queue full');
  await told(a, 'disconnected', ({ node }) => node === 'b');
  await dropped(a, 'b', 'connection lost');
});

test('a connection that says nothing, or no hello, is closed after five heartbeats, and one that is idle is not', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers, heartbeat: 20 });
  const b = await started('b', { listen: peers.b, peers, heartbeat: 20 });
  await connected(a, 'b');
  const silent = await dial(peers.a);
  silent.write(HELLO_OF_B);
  const mute = await dial(peers.a);
  const heartbeats = setInterval(() => mute.write(prefix(HEARTBEAT)), 5);
  await Promise.all([closed(silent), closed(mute)]);
  clearInterval(heartbeats);
  a.transport.send('b', bytes('still here'));
  await heard(b, 'still here');
  await a.transport.stop();
  const statuses = await lastValueFrom(a.status$.pipe(toArray()));
  expect(statuses.filter(({ status }) => status === 'connected')).toHaveLength(1);
});

test('a node that accepts and never says hello is dialled again, as one that is not there', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers, heartbeat: 20 });
  let attempts = 0;
  await new Promise<void>((again) => {
    void listen(peers.b, (socket) => {
      socket.resume();
      attempts++;
      if (attempts === 2) again();
    });
  });
  expect(a.transport.send('b', bytes('for later'))).toBe(true);
  await a.transport.stop();
  const statuses = await lastValueFrom(a.status$.pipe(toArray()));
  expect(statuses.filter(({ status }) => status !== 'listening')).toEqual([]);
});

test('it says where it listens, also where any free port was asked for', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: '127.0.0.1:0', peers });
  const { at } = await told(a, 'listening');
  expect(at).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  await dial(at);
});

test.each([
  ['a request of another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n'), /announces \d+ bytes/],
  ['a hello in another version', framed('synod-tcp/9\nb\ntest'), /does not speak synod-tcp\/1/],
  ['a node of another cluster', framed('synod-tcp/1\nb\nproduction'), /of another cluster/],
  ["this node's own id", framed('synod-tcp/1\na\ntest'), /this node's own id, a/],
  ['a frame over the limit', Buffer.concat([HELLO_OF_B, framed(new Uint8Array(2_000))]), /announces 2000 bytes; allowed are 1024/],
])('%s is refused, told, and costs that connection alone', async (_, said, reason) => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers, maxFrameBytes: 1_024 });
  const b = await started('b', { listen: peers.b, peers, maxFrameBytes: 1_024 });
  await connected(b, 'a');
  const stranger = await dial(peers.a);
  stranger.write(said);
  await closed(stranger);
  await refused(a, reason);
  b.transport.send('a', bytes('undisturbed'));
  await heard(a, 'undisturbed');
  await b.transport.stop();
  const statuses = await lastValueFrom(b.status$.pipe(toArray()));
  expect(statuses.filter(({ status }) => status === 'connected')).toEqual([{ status: 'connected', node: 'a' }]);
});

test('an address that leads to another node is told, and nothing is sent there', async () => {
  const peers = await freePeers();
  const c = await started('c', { listen: peers.c, peers });
  const a = await started('a', { listen: peers.a, peers: { ...peers, b: peers.c } });
  a.transport.send('b', bytes('for b alone'));
  await refused(a, /^at b: node c is there; check the address in peers/);
  a.transport.send('c', bytes('for c'));
  await heard(c, 'for c');
  await c.transport.stop();
  expect((await lastValueFrom(c.frames$.pipe(toArray()))).map(textOf)).toEqual(['for c']);
});

test('connections beyond the bound are refused', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers, maxConnections: 1 });
  await dial(peers.a);
  await closed(await dial(peers.a));
  await refused(a, /beyond the 1 of maxConnections/);
});

test('a port in use is an error that says so, and whoever has it goes on', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers });
  const b = await started('b', { listen: peers.b, peers });
  const second = probe('a', { listen: peers.a, peers });
  await expect(second.transport.start()).rejects.toMatchObject({
    name: 'SynodError',
    code: 'BIND_FAILED',
    message: expect.stringMatching(/^listen: cannot listen at 127\.0\.0\.1:\d+: the port is in use; stop the other process/),
  });
  expect(second.transport.send('b', bytes('x'))).toBe(false);
  b.transport.send('a', bytes('to the first'));
  await heard(a, 'to the first');
});

test('stop, called on hearing a frame, lets no other of the same chunk through', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers });
  const b = await started('b', { listen: peers.b, peers });
  await connected(a, 'b');
  b.transport.inbound$.subscribe(() => void b.transport.stop());
  for (let i = 0; i < 10; i++) a.transport.send('b', bytes(`frame ${i}`));
  expect((await lastValueFrom(b.frames$.pipe(toArray()))).map(textOf)).toEqual(['frame 0']);
});

test('stop is quick under load, leaves nothing open and frees the port', async () => {
  const peers = await freePeers();
  const a = await started('a', { listen: peers.a, peers });
  await started('b', { listen: peers.b, peers });
  await connected(a, 'b');
  for (let i = 0; i < 1_000; i++) for (const node of ['b', 'c']) a.transport.send(node, new Uint8Array(10_000));
  await within(1_500, a.transport.stop());
  expect(a.transport.unwrap().connections).toEqual([]);
  await started('a', { listen: peers.a, peers });
});
