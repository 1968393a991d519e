import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { colocated } from '@synod/core';
import type { TransportNetwork, TransportSetting, TransportUnderTest } from '@synod/core/testing';
import { TcpTransport } from '../tcp-transport.js';
import { helloOf, prefix } from '../wire.js';

const HOST = '127.0.0.1';
const LIMITS = { maxFrameBytes: 1024 * 1024, queueBytes: 8 * 1024 * 1024 };

const freePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, HOST));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
};

const framed = (bytes: Uint8Array): Buffer => Buffer.concat([prefix(bytes.length), bytes]);

/** What a stranger may say: no such protocol, and what breaks off or goes wrong at each point of the hello and of a frame. */
const intrusions = (node: string, cluster: string): Buffer[] => {
  const stranger = framed(helloOf('stranger', cluster));
  return [
    Buffer.alloc(0),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.alloc(100_000, 255),
    Buffer.alloc(3),
    framed(Buffer.alloc(0)),
    framed(Buffer.from(`synod-tcp/0\nstranger\n${cluster}`)),
    framed(helloOf(node, cluster)),
    stranger.subarray(0, 9),
    Buffer.concat([stranger, prefix(LIMITS.maxFrameBytes + 1)]),
    Buffer.concat([stranger, framed(Buffer.alloc(1_000)).subarray(0, 500)]),
  ];
};

const create = async ({ cluster, nodes, clients }: TransportSetting): Promise<TransportNetwork> => {
  const ports = new Map((await freePorts(nodes.length)).map((port, i) => [nodes[i] as string, port]));
  const peers = Object.fromEntries([...ports].map(([node, port]) => [node, `${HOST}:${port}`]));
  return {
    transport: (self, name = cluster) => {
      const place = clients.includes(self) ? {} : { listen: `${HOST}:${ports.get(self)}` };
      return new TcpTransport({ self, cluster: name, topology: colocated(nodes) }, { ...place, peers, ...LIMITS });
    },
    stall: async (node) => {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket.on('error', () => {}).pause());
        socket.write(framed(helloOf(node, cluster)));
      });
      await once(server.listen(ports.get(node), HOST), 'listening');
      return async () => {
        const closed = once(server.close(), 'close');
        for (const socket of sockets) socket.destroy();
        await closed;
      };
    },
    intrude: async (node) => {
      for (const bytes of intrusions(node, cluster)) {
        const socket = connect(ports.get(node) as number, HOST).on('error', () => {});
        const closed = new Promise((done) => socket.once('close', done));
        socket.end(bytes, () => socket.destroySoon());
        await closed;
      }
    },
    close: async () => {},
  };
};

/** The transports of this package on trial. */
export const tcpTransports: TransportUnderTest = {
  name: 'TCP',
  capabilities: { clients: true, tellsPeers: true },
  strangers: true,
  create,
};
