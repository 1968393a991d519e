import { connect } from 'node:net';
import { colocated } from '@synod/core';
import type { TransportSetting, TransportUnderTest } from '@synod/core/testing';
import { type ZmqOptions, ZmqTransport } from '@synod/transport-zmq';
import { Dealer, Pull, Push } from 'zeromq';
import { freeEndpoints } from '../transport-zmq/support.js';

const MAX_FRAME_BYTES = 1024 * 1024;

/** Bytes that are no ZeroMQ, to a port where ZeroMQ listens; until the other end has had enough, or all is sent. */
const noise = (endpoint: string, bytes: Uint8Array): Promise<void> =>
  new Promise((done) => {
    const socket = connect(Number(endpoint.split(':').at(-1)), '127.0.0.1');
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

const create = async ({ cluster, nodes, clients }: TransportSetting) => {
  const topology = colocated(nodes);
  const endpoints = await freeEndpoints(2 * nodes.length);
  const peers = Object.fromEntries(nodes.map((node, i) => [node, endpoints[i] as string]));
  const doors = Object.fromEntries(nodes.map((node, i) => [node, endpoints[nodes.length + i] as string]));
  const optionsOf = (node: string): ZmqOptions =>
    clients.includes(node)
      ? { doors, maxFrameBytes: MAX_FRAME_BYTES }
      : { bind: peers[node] as string, peers, door: doors[node] as string, maxFrameBytes: MAX_FRAME_BYTES };
  return {
    transport: (self: string, name = cluster) => new ZmqTransport({ self, cluster: name, topology }, optionsOf(self)),
    stall: async (node: string) => {
      const deaf = new Pull({ receiveHighWaterMark: 16, linger: 0 });
      await deaf.bind(peers[node] as string);
      return async () => {
        await deaf.unbind(peers[node] as string);
        deaf.close();
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
      await messages(new Push({ linger }), bind);
      for (const routingId of ['stranger', 'not a name', nodes.at(-1) as string]) await messages(new Dealer({ linger, routingId }), door);
    },
    close: async () => {},
  };
};

export const zmqTransports: TransportUnderTest = {
  name: 'ZeroMQ over TCP',
  capabilities: { clients: true, tellsPeers: true },
  strangers: true,
  create,
};
