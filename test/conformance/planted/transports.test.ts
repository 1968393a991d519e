import { ConfigurationError, type MemoryNetwork, type Transport } from '@synod/core';
import { transportSuite } from '@synod/core/testing';
import { EMPTY, lastValueFrom, map, NEVER, type Observable } from 'rxjs';
import { expect, test, vi } from 'vitest';
import { brokenRules } from './broken-rules.js';
import { type Fault, faultyNetwork } from './faulty-network.js';

/** The rules that a transport breaks, by the cases that find it out. */
const brokenBy = (fault: Fault): Promise<string[]> =>
  brokenRules((runner) =>
    transportSuite(runner, {
      name: 'on trial',
      capabilities: { clients: true },
      patience: 3_000,
      create: (setting) => faultyNetwork(setting, fault),
    }),
  );

/** A subarray whose bytes `change` changes. */
const changed = (frame: Uint8Array, change: (copy: Uint8Array) => void): Uint8Array => {
  const copy = frame.slice();
  change(copy);
  return copy;
};

const asked = new WeakMap<MemoryNetwork, Set<string>>();

/** Which client has sent something to which node. */
const askedIn = (network: MemoryNetwork): Set<string> => {
  const found = asked.get(network) ?? new Set();
  asked.set(network, found);
  return found;
};

const bugs: readonly [bug: string, fault: Fault, cases: readonly string[]][] = [
  [
    'says of itself what it is not',
    ({ capabilities }) => ({ capabilities: { ...capabilities, tellsPeers: true } }),
    ['says of itself what its subject says, and a limit of frames'],
  ],
  [
    'hands itself what it sends itself',
    (sound, self, { inbound, running }) => ({
      send: (node, frame) => {
        if (node === self && running.has(self)) inbound.get(self)?.at(-1)?.next(frame);
        return sound.send(node, frame);
      },
    }),
    ['never hands a node what it sends itself'],
  ],
  [
    'reorders bytes of frames of 64 KiB',
    (sound) => ({
      send: (node, frame) => sound.send(node, frame.length === 65_536 ? changed(frame, (copy) => copy.reverse()) : frame),
    }),
    ['carries frames of one byte up to its limit, whole and unchanged'],
  ],
  [
    'cuts the largest frames',
    (sound) => ({
      send: (node, frame) => sound.send(node, frame.length === sound.capabilities.maxFrameBytes ? frame.subarray(1) : frame),
    }),
    ['carries frames of one byte up to its limit, whole and unchanged'],
  ],
  [
    'takes a frame for text',
    (sound) => ({
      send: (node, frame) =>
        sound.send(node, frame.every((byte) => byte === 255) && frame.length > 1 ? new TextEncoder().encode('\uFFFD') : frame),
    }),
    ['carries any bytes, and of a larger buffer no more than the frame'],
  ],
  [
    'delivers frames over its limit',
    (sound) => ({ send: (node, frame) => (sound.unwrap() as Transport).send(node, frame) }),
    ['drops a frame over its limit at once, tells so, and carries the next'],
  ],
  [
    'tells of no frame that it drops',
    () => ({ status$: NEVER }),
    [
      'drops a frame over its limit at once, tells so, and carries the next',
      'keeps a bounded queue for a peer that takes nothing, and delays nobody else',
    ],
  ],
  [
    'reuses a buffer',
    (sound) => {
      const buffer = new Uint8Array(sound.capabilities.maxFrameBytes);
      return {
        inbound$: sound.inbound$.pipe(
          map((frame) => {
            // Others keep to themselves what they are handed only for a while.
            if (frame.length !== 10_000) return frame;
            buffer.set(frame);
            return buffer.subarray(0, frame.length);
          }),
        ),
      };
    },
    ['never changes or reuses a frame that it handed over'],
  ],
  [
    'throws when it is sent something for an unknown node',
    (sound, _, { nodes, clients }) => ({
      send: (node, frame) => {
        if (![...nodes, ...clients].includes(node)) throw new Error(`no node ${node}`);
        return sound.send(node, frame);
      },
    }),
    ['takes a frame for a name that nobody has, and troubles nobody with it', 'takes no frame before start and after stop'],
  ],
  [
    'serves five nodes and no more',
    (sound, self, { nodes }) => ({ send: (node, frame) => nodes.indexOf(self) < 5 && sound.send(node, frame) }),
    ['joins many nodes, each with each'],
  ],
  [
    'throws in send after stop',
    (sound) => {
      let stopped = false;
      return {
        stop: () => {
          stopped = true;
          return sound.stop();
        },
        send: (node, frame) => {
          if (stopped) throw new Error('stopped');
          return sound.send(node, frame);
        },
      };
    },
    [
      'takes no frame before start and after stop',
      'leaves its place free if it is stopped while it starts',
      'stops under load, and nothing arrives afterwards',
    ],
  ],
  [
    'takes frames before it is started',
    (sound, self, { running }) => ({ send: (node, frame) => sound.send(node, frame) || !running.has(self) }),
    ['takes no frame before start and after stop'],
  ],
  [
    'fails when it is started twice, with any error',
    (sound) => {
      let started = false;
      return {
        start: () => {
          if (started) throw new Error('started');
          started = true;
          return sound.start();
        },
      };
    },
    ['may be started twice: the second start changes nothing', 'may be stopped before it was started, and is never started again'],
  ],
  [
    'never ends a second stop',
    (sound) => {
      let stopped = false;
      return {
        stop: () => {
          if (stopped) return NEVER;
          stopped = true;
          return sound.stop();
        },
      };
    },
    ['may be stopped twice'],
  ],
  [
    'is started again after its stop',
    (sound) => {
      let stopped = false;
      return {
        stop: () => {
          stopped = true;
          return sound.stop();
        },
        start: () => (stopped ? EMPTY : sound.start()),
      };
    },
    ['may be stopped before it was started, and is never started again'],
  ],
  [
    'goes on starting after its stop',
    (sound) => {
      let starting = false;
      return {
        start: async () => {
          starting = true;
          await new Promise((done) => setTimeout(done, 0));
          starting = false;
          await lastValueFrom(sound.start() as Observable<never>, { defaultValue: undefined });
        },
        stop: () => (starting ? EMPTY : sound.stop()),
      };
    },
    ['leaves its place free if it is stopped while it starts'],
  ],
  [
    'takes the place of a node that is up',
    (sound, self, { memory }) => ({
      start: () => {
        if (memory.find(self) !== sound.unwrap()) memory.leave(self);
        return sound.start();
      },
    }),
    ['refuses a second node of the same name while the first is up, and the first goes on'],
  ],
  [
    'refuses a second node with any error',
    (sound) => ({
      start: () => {
        try {
          return sound.start();
        } catch (error) {
          throw error instanceof ConfigurationError ? new Error(error.message) : error;
        }
      },
    }),
    ['refuses a second node of the same name while the first is up, and the first goes on'],
  ],
  [
    'waits with its stop for peers that are absent',
    (sound, _, { running, stalled }) => {
      let waiting = 0;
      return {
        send: (node, frame) => {
          if (!running.has(node) && !stalled.has(node)) waiting++;
          return sound.send(node, frame);
        },
        stop: () => (waiting > 100 ? NEVER : sound.stop()),
      };
    },
    ['stops at once while frames wait for peers that are absent'],
  ],
  [
    'never ends a stop under load',
    (sound) => {
      let sent = 0;
      return {
        send: (node, frame) => {
          if (frame.length === 2_000) sent++;
          return sound.send(node, frame);
        },
        stop: () => (sent > 0 ? NEVER : sound.stop()),
      };
    },
    ['stops under load, and nothing arrives afterwards'],
  ],
  [
    'gives up a peer that was absent first',
    (sound, self, { nodes, running }) => {
      const given = new Set<string>();
      return {
        send: (node, frame) => {
          if (nodes.length === 3 && self === 'a' && frame.length === 100 && !running.has(node)) given.add(node);
          return !given.has(node) && sound.send(node, frame);
        },
      };
    },
    ['starts while its peers are absent, and reaches them once they come'],
  ],
  [
    'hands frames to earlier lives too',
    (sound, self, { inbound }) => {
      const earlier = inbound.get(self)?.at(-2);
      sound.inbound$.subscribe((frame) => earlier?.next(frame));
      return {};
    },
    ['takes no frame before start and after stop', 'reaches every new life of a peer'],
  ],
  [
    'lets a peer that takes nothing hold up the others',
    (sound, _, { stalled }) => {
      let blocked = false;
      return {
        send: (node, frame) => {
          const taken = !blocked && sound.send(node, frame);
          if (!taken && stalled.has(node)) blocked = true;
          return taken;
        },
      };
    },
    ['keeps a bounded queue for a peer that takes nothing, and delays nobody else'],
  ],
  [
    'keeps everything for a peer that takes nothing',
    (sound, _, { stalled }) => ({ send: (node, frame) => stalled.has(node) || sound.send(node, frame) }),
    ['keeps a bounded queue for a peer that takes nothing, and delays nobody else'],
  ],
  [
    'answers all clients at once',
    (sound, _, { clients }) => ({
      send: (node, frame) =>
        clients.includes(node) ? clients.map((client) => sound.send(client, frame)).includes(true) : sound.send(node, frame),
    }),
    ['lets a client in without a port, and brings it the replies'],
  ],
  [
    'knows a client by what it was asked alone',
    (sound, self, { clients, memory }) => ({
      send: (node, frame) => {
        if (clients.includes(self)) askedIn(memory).add(`${self} ${node}`);
        return (!clients.includes(node) || askedIn(memory).has(`${node} ${self}`)) && sound.send(node, frame);
      },
    }),
    ['brings a client the replies of a node that it has asked nothing'],
  ],
];

// Most of what they take is the patience of the cases that find them out.
vi.setConfig({ maxConcurrency: 10 });

test('a transport that keeps the rules breaks none', async () => {
  expect(await brokenBy(() => ({}))).toEqual([]);
});

test.concurrent.each(bugs)('a transport that %s is found out', async (_, fault, cases) => {
  expect(await brokenBy(fault)).toEqual(cases);
});
