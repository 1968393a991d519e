import { connect } from 'node:net';
import { colocated } from '@synod/core';
import type { TransportSetting, TransportUnderTest } from '@synod/core/testing';
import { newCurveKeys, type ZmqOptions, ZmqTransport } from '@synod/transport-zmq';
import { Dealer, Pull, Push } from 'zeromq';
import { portFree } from '../support/machine.js';
import { freeEndpoints } from '../transport-zmq/support.js';

const MAX_FRAME_BYTES = 1024 * 1024;

const portOf = (endpoint: string): number => Number(endpoint.split(':').at(-1));

/** Bytes that are no ZeroMQ, to a port where ZeroMQ listens; until the other end has had enough, or all is sent. */
const noise = (endpoint: string, bytes: Uint8Array): Promise<void> =>
  new Promise((done) => {
    const socket = connect(portOf(endpoint), '127.0.0.1');
    socket.on('error', () => {}).on('close', () => done());
    socket.end(bytes, () => socket.destroy());
  });

/** Whole ZeroMQ messages that are no frames of a peer. */
const messages = async (socket: Push | Dealer, endpoint: string): Promise<void> => {
  socket.connect(endpoint);
  try {
    await socket.send(['two', 'parts']);
    await socket.send(['', '', '']);
    await socket.send(Buffer.alloc(MAX_FRAME_BYTES + 1));
  } finally {
    socket.close();
  }
};

type Keys = ReturnType<typeof newCurveKeys>;

/** The keys of a deployment, and of a stranger at its doors who came by one that is listed. */
const keysOf = ({ nodes, clients }: TransportSetting) => {
  const keys = new Map<string, Keys>([...nodes, ...clients, 'stranger'].map((name) => [name, newCurveKeys()]));
  const publicKey = (name: string): string => (keys.get(name) as Keys).publicKey;
  const ofNodes = Object.fromEntries(nodes.map((node) => [node, publicKey(node)]));
  return {
    option: (self: string) => ({
      secretKey: (keys.get(self) as Keys).secretKey,
      nodes: ofNodes,
      ...(nodes.includes(self) && { clients: [...clients, 'stranger'].map(publicKey) }),
    }),
    /** What sockets of ZeroMQ need to be, and to meet, a node. */
    accepting: (node: string) => ({ curveServer: true, curveSecretKey: (keys.get(node) as Keys).secretKey }),
    connecting: (name: string, node: string) => ({
      curvePublicKey: publicKey(name),
      curveSecretKey: (keys.get(name) as Keys).secretKey,
      curveServerKey: publicKey(node),
    }),
  };
};

const create = (secure: 'plain' | 'curve') => async (setting: TransportSetting) => {
  const { cluster, nodes, clients } = setting;
  const keys = secure === 'curve' ? keysOf(setting) : undefined;
  const topology = colocated(nodes);
  const endpoints = await freeEndpoints(2 * nodes.length);
  const peers = Object.fromEntries(nodes.map((node, i) => [node, endpoints[i] as string]));
  const doors = Object.fromEntries(nodes.map((node, i) => [node, endpoints[nodes.length + i] as string]));
  const optionsOf = (node: string): ZmqOptions => {
    const common = { maxFrameBytes: MAX_FRAME_BYTES, ...(keys && { curve: keys.option(node) }) };
    return clients.includes(node)
      ? ({ ...common, doors } as ZmqOptions)
      : { ...common, bind: peers[node] as string, peers, door: doors[node] as string };
  };
  return {
    transport: (self: string, name = cluster) => new ZmqTransport({ self, cluster: name, topology }, optionsOf(self)),
    stall: async (node: string) => {
      const deaf = new Pull({ receiveHighWaterMark: 16, linger: 0, ...keys?.accepting(node) });
      await deaf.bind(peers[node] as string);
      return async () => {
        await deaf.unbind(peers[node] as string);
        deaf.close();
        await portFree(portOf(peers[node] as string));
      };
    },
    intrude: async (node: string) => {
      const [bind, door] = [peers[node] as string, doors[node] as string];
      for (const endpoint of [bind, door]) {
        await noise(endpoint, Buffer.from('GET / HTTP/1.1\r\n\r\n'));
        await noise(endpoint, Buffer.alloc(100_000, 255));
        // The beginning of a greeting of ZMTP.
        await noise(endpoint, Buffer.from([255, 0, 0, 0, 0, 0, 0, 0, 1, 127, 3]));
      }
      const linger = 1_000;
      const other = nodes.at(-1) as string;
      await messages(new Push({ linger, ...keys?.connecting(other, node) }), bind);
      for (const routingId of ['stranger', 'not a name', other])
        await messages(new Dealer({ linger, routingId, ...keys?.connecting('stranger', node) }), door);
    },
    close: async () => {},
  };
};

export const zmqTransports: TransportUnderTest = {
  name: 'ZeroMQ over TCP',
  capabilities: { clients: true, tellsPeers: true },
  strangers: true,
  create: create('plain'),
};

export const curveTransports: TransportUnderTest = { ...zmqTransports, name: 'ZeroMQ over TCP, with CURVE', create: create('curve') };
