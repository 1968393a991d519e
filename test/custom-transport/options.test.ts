import { colocated } from '@synod/core';
import { type TcpOptions, TcpTransport } from '@synod/example-custom-transport';
import { expect, test } from 'vitest';
import { NODES } from './support.js';

const peers = { a: '10.0.0.1:7101', b: '10.0.0.2:7101', c: '[::1]:7101' };
const listen = '0.0.0.0:7101';
const make = (self: string, options: TcpOptions) => new TcpTransport({ self, cluster: 'test', topology: colocated(NODES) }, options);

test.each([
  ['a', { listen, peers }],
  ['a', { listen: '[::]:0', peers: { b: peers.b, c: peers.c } }],
  ['shop', { peers, heartbeat: 500, queueFrames: 10 }],
])('%s may have %j', (self, options) => {
  expect(make(self, options).capabilities).toEqual({ maxFrameBytes: 16 * 1024 * 1024, clients: true, tellsPeers: true });
});

test.each<[string, object, RegExp]>([
  ['a', { peers }, /lists node a; give listen/],
  ['shop', { listen, peers }, /does not list node shop, so it is a client; leave listen out/],
  ['a', { listen }, /peers is missing, or no object; give where each node listens/],
  ['a', { listen, peers: { b: peers.b } }, /peers lacks c/],
  ['a', { listen, peers: { ...peers, d: peers.b } }, /peers names d; the topology lists a, b, c/],
  ['a', { listen, peers: { ...peers, b: 'tcp://10.0.0.2:7101' } }, /peers\.b is "tcp:.*expected <host>:<port>/],
  ['a', { listen: '0.0.0.0:70000', peers }, /listen is "0\.0\.0\.0:70000"; expected/],
  ['a', { listen, peers, heartbeat: 0 }, /heartbeat is 0; allowed: a whole number from 10 to 60000/],
  ['a', { listen, peers, queueBytes: 2_000 }, /queueBytes is 2000; allowed: at least maxFrameBytes/],
  ['a', { listen, peers, maxFrames: 1 }, /unknown option maxFrames; known are listen, peers, maxFrameBytes/],
])('%s may not have %j', (self, options, message) => {
  expect(() => make(self, options as TcpOptions)).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', message: expect.stringMatching(message) }),
  );
});

test('a cluster whose name is too long for a hello is refused at once', () => {
  const identity = { self: 'a', cluster: 'x'.repeat(2_000), topology: colocated(NODES) };
  expect(() => new TcpTransport(identity, { listen, peers })).toThrow(/the cluster's name has 2000 characters; take a shorter one/);
});
