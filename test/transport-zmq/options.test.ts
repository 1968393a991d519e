import { ConfigurationError, colocated } from '@synod/core';
import { type ZmqOptions, ZmqTransport } from '@synod/transport-zmq';
import { describe, expect, test } from 'vitest';

const bind = 'tcp://0.0.0.0:7101';
const peers = { b: 'tcp://10.0.0.2:7101', c: 'tcp://10.0.0.3:7101' };
const doors = { a: 'tcp://10.0.0.1:7201' };

const make = (self: string, options: unknown) =>
  new ZmqTransport({ self, cluster: 'test', topology: colocated(['a', 'b', 'c']) }, options as ZmqOptions);

const refusal = (self: string, options: unknown): ConfigurationError => {
  try {
    make(self, options);
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('accepted');
};

describe('accepted are', () => {
  test.each<[string, string, ZmqOptions]>([
    ['a listed node', 'a', { bind, peers }],
    ['a listed node that lists itself too', 'a', { bind, peers: { a: bind, ...peers } }],
    ['a listed node with a door', 'a', { bind, peers, door: 'tcp://*:7201' }],
    ['UNIX domain sockets', 'a', { bind: 'ipc:///run/a', peers: { b: 'ipc:///run/b', c: 'ipc:///run/c' } }],
    ['IPv6 addresses', 'a', { bind: 'tcp://[::]:7101', peers: { b: 'tcp://[fe80::1%eth0]:7101', c: 'tcp://[::1]:7103' } }],
    ['host names', 'a', { bind, peers: { b: 'tcp://b.example.org:7101', c: 'tcp://localhost:7101' } }],
    ['a client that knows one door', 'client', { doors }],
  ])('%s', (_, self, options) => {
    expect(make(self, options)).toBeInstanceOf(ZmqTransport);
  });
});

describe('refused, naming what is wrong and what is allowed, is', () => {
  test.each<[string, string, unknown, string, RegExp]>([
    ['neither bind nor doors', 'a', { peers }, 'BAD_OPTION', /neither bind nor doors; give bind and peers/],
    ['nothing at all for a client', 'z', {}, 'BAD_OPTION', /"z" has neither bind nor doors; give doors/],
    ['both bind and doors', 'a', { bind, peers, doors }, 'BAD_OPTION', /one or the other/],
    ['doors on a listed node', 'a', { doors }, 'BAD_OPTION', /"a" is listed in the topology; give bind and peers/],
    ['bind on a node that is not listed', 'z', { bind, peers }, 'NODE_NOT_LISTED', /"z" has bind.*"a", "b", "c"/],
    ['no endpoint of a listed node', 'a', { bind, peers: { b: peers.b } }, 'MISSING_PEER', /peers lacks "c"/],
    ['no peers', 'a', { bind }, 'BAD_OPTION', /peers is undefined; expected an object/],
    ['a peer that is not listed', 'a', { bind, peers: { ...peers, d: bind } }, 'UNKNOWN_NODE', /peers names "d".*"a", "b", "c"/],
    ['a door of a node that is not listed', 'z', { doors: { d: bind } }, 'UNKNOWN_NODE', /doors names "d"/],
    ['no door', 'z', { doors: {} }, 'BAD_OPTION', /doors is empty/],
    ['an unknown protocol', 'a', { bind: 'http://a:1', peers }, 'BAD_ENDPOINT', /bind is "http:\/\/a:1"; allowed: tcp:\/\//],
    ['a protocol within one process', 'a', { bind: 'inproc://a', peers }, 'BAD_ENDPOINT', /bind is "inproc:\/\/a"/],
    ['an endpoint without a port', 'a', { bind, peers: { ...peers, b: 'tcp://b' } }, 'BAD_ENDPOINT', /peers\.b is "tcp:\/\/b"/],
    ['an endpoint that is no text', 'a', { bind: 7101, peers }, 'BAD_ENDPOINT', /bind is 7101/],
    ['a port that does not exist', 'a', { bind: 'tcp://*:70000', peers }, 'BAD_ENDPOINT', /up to 65535/],
    ['a peer at a wildcard address', 'a', { bind, peers: { ...peers, b: bind } }, 'BAD_ENDPOINT', /peers\.b is .*no wildcard/],
    ['a path that is too long', 'a', { bind: `ipc:///${'x'.repeat(200)}`, peers }, 'BAD_ENDPOINT', /1 to 107 bytes/],
    ['two nodes at one endpoint', 'a', { bind, peers: { b: peers.b, c: peers.b } }, 'BAD_ENDPOINT', /peers\.b and peers\.c are both/],
    ['a door at the endpoint of the nodes', 'a', { bind, peers, door: bind }, 'BAD_ENDPOINT', /bind and door are both/],
    ['an option that does not exist', 'a', { bind, peers, dor: bind }, 'BAD_OPTION', /unknown option "dor"; known are bind, peers, door/],
    ['a limit out of bounds', 'a', { bind, peers, queueFrames: 0 }, 'BAD_OPTION', /queueFrames is 0; allowed: .* from 1 to/],
    ['a limit that is no number', 'a', { bind, peers, heartbeat: '1s' }, 'BAD_OPTION', /heartbeat is "1s".* ms/],
    ['a queue too small for one frame', 'a', { bind, peers, queueBytes: 4096 }, 'BAD_OPTION', /queueBytes is 4096.*maxFrameBytes/],
  ])('%s', (_, self, options, code, message) => {
    const error = refusal(self, options);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});
