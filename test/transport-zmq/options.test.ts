import { ConfigurationError, colocated } from '@synod/core';
import { newCurveKeys, type ZmqOptions, ZmqTransport } from '@synod/transport-zmq';
import { describe, expect, test } from 'vitest';

const bind = 'tcp://0.0.0.0:7101';
const peers = { b: 'tcp://10.0.0.2:7101', c: 'tcp://10.0.0.3:7101' };
const doors = { a: 'tcp://10.0.0.1:7201' };

const keys = { a: newCurveKeys(), b: newCurveKeys(), c: newCurveKeys(), shop: newCurveKeys() };
const nodes = { a: keys.a.publicKey, b: keys.b.publicKey, c: keys.c.publicKey };
const ofA = { secretKey: keys.a.secretKey, nodes };
const door = 'tcp://*:7201';

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
    ['CURVE without a door', 'a', { bind, peers, curve: ofA }],
    ['CURVE without a door, but with clients', 'a', { bind, peers, curve: { ...ofA, clients: [keys.shop.publicKey] } }],
    ['a door for nobody', 'a', { bind, peers, door, curve: { ...ofA, clients: [] } }],
    ['two keys of a node', 'a', { bind, peers, curve: { ...ofA, nodes: { ...nodes, a: [keys.shop.publicKey, nodes.a] } } }],
    ['a client with CURVE', 'client', { doors, curve: { secretKey: keys.shop.secretKey, nodes } }],
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

describe('refused, without a word of what may be secret, is a curve', () => {
  const shop = { secretKey: keys.shop.secretKey, nodes };
  const withB = (b: unknown) => ({ ...ofA, nodes: { ...nodes, b } });
  test.each<[string, string, object, string, RegExp]>([
    ['that is null', 'a', { curve: null }, 'BAD_OPTION', /curve is no object/],
    ['that is empty, of a client', 'z', { curve: '' }, 'BAD_OPTION', /curve is no object/],
    ['that is no object', 'a', { curve: keys.a.secretKey }, 'BAD_OPTION', /curve is no object/],
    [
      'with an option that does not exist',
      'a',
      { curve: { ...ofA, publicKey: nodes.a } },
      'BAD_OPTION',
      /unknown option "publicKey" of curve/,
    ],
    ['without a secret key', 'a', { curve: { nodes } }, 'BAD_KEY', /curve\.secretKey is missing; expected a key/],
    [
      'whose key is followed by a line break',
      'a',
      { curve: { ...ofA, secretKey: `${keys.a.secretKey}\n` } },
      'BAD_KEY',
      /has 41 characters/,
    ],
    [
      'with a key that is no Z85',
      'a',
      { curve: withB(`~${nodes.b.slice(1)}`) },
      'BAD_KEY',
      /curve\.nodes\.b has a character that Z85 has not/,
    ],
    ['with a key beyond 32 bytes', 'a', { curve: withB('#'.repeat(40)) }, 'BAD_KEY', /curve\.nodes\.b has .*more than its bytes/],
    ['with a key that is no text', 'a', { curve: withB(7) }, 'BAD_KEY', /curve\.nodes\.b is no text/],
    ['without nodes', 'a', { curve: { secretKey: keys.a.secretKey } }, 'BAD_OPTION', /curve\.nodes is no object/],
    ['without the key of a node', 'a', { curve: { ...ofA, nodes: { a: nodes.a, b: nodes.b } } }, 'MISSING_KEY', /curve\.nodes lacks "c"/],
    ['with an empty list of keys', 'a', { curve: withB([]) }, 'BAD_KEY', /curve\.nodes\.b is an empty list/],
    [
      'with a node that is not listed',
      'a',
      { curve: { ...ofA, nodes: { ...nodes, d: nodes.a } } },
      'UNKNOWN_NODE',
      /curve\.nodes names "d"/,
    ],
    ['with one key for two nodes', 'a', { curve: withB(nodes.a) }, 'BAD_KEY', /curve\.nodes\.a and curve\.nodes\.b are the same key/],
    ['with a secret key as a public one', 'a', { curve: withB(keys.a.secretKey) }, 'BAD_KEY', /curve\.nodes\.b is the secret key/],
    [
      'with the secret key of another node',
      'a',
      { curve: { ...ofA, secretKey: keys.b.secretKey } },
      'BAD_KEY',
      /curve\.secretKey is not of node "a"/,
    ],
    ['without clients at a door', 'a', { door, curve: ofA }, 'MISSING_KEY', /curve\.clients is missing; list/],
    ['whose clients are no list', 'a', { door, curve: { ...ofA, clients: nodes.b } }, 'BAD_OPTION', /curve\.clients is no list/],
    [
      'with a node among its clients',
      'a',
      { door, curve: { ...ofA, clients: [nodes.b] } },
      'BAD_KEY',
      /curve\.nodes\.b and curve\.clients\[0\] are the same/,
    ],
    ['of a client with clients', 'z', { curve: { ...shop, clients: [] } }, 'BAD_OPTION', /curve\.clients is for a listed node/],
    ['of a client with the key of a node', 'z', { curve: ofA }, 'BAD_KEY', /curve\.secretKey is that of curve\.nodes\.a/],
  ])('%s', (_, self, options, code, message) => {
    const error = refusal(self, { ...(self === 'a' ? { bind, peers } : { doors }), ...options });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    for (const { secretKey } of Object.values(keys)) expect(error.message).not.toContain(secretKey);
  });
});

test('the public key that follows from a secret key is the one that ZeroMQ makes with it', () => {
  for (let i = 0; i < 100; i++) {
    const { publicKey, secretKey } = newCurveKeys();
    make('a', { bind, peers, curve: { secretKey, nodes: { ...nodes, a: publicKey } } });
  }
});
