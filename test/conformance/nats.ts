import { connect as connectTo } from 'node:net';
import { colocated } from '@synod/core';
import type { TransportSetting, TransportUnderTest } from '@synod/core/testing';
import { NatsTransport } from '@synod/transport-nats';
import { connect, headers } from 'nats';
import { deaf } from '../transport-nats/deaf.js';
import { runningNatsServer } from '../transport-nats/support.js';

const MAX_FRAME_BYTES = 1024 * 1024;
/** The server takes what is for a peer that does not, so what waits in a node waits for the server. A burst of the suite fills it. */
const QUEUE_BYTES = 4 * MAX_FRAME_BYTES;

/** Bytes that are no client's, to the server; until it has had enough, or all is sent. */
const noise = (port: number, bytes: Uint8Array): Promise<void> =>
  new Promise((done) => {
    const socket = connectTo(port, '127.0.0.1');
    socket.on('error', () => {}).on('close', () => done());
    socket.end(bytes, () => socket.destroy());
  });

const create = async ({ cluster, nodes }: TransportSetting) => {
  // Strangers may send more than a node takes.
  const server = await runningNatsServer(`max_payload: ${2 * MAX_FRAME_BYTES}`);
  const topology = colocated(nodes);
  const options = { servers: server.url, maxFrameBytes: MAX_FRAME_BYTES, queueBytes: QUEUE_BYTES };
  const subjectOf = (node: string) => `synod.${cluster}.${node}`;
  return {
    transport: (self: string, name = cluster) => new NatsTransport({ self, cluster: name, topology }, options),
    stall: (node: string) => deaf(server, subjectOf(node)),
    intrude: async (node: string) => {
      for (const text of ['GET / HTTP/1.1\r\n\r\n', 'PUB\r\n', `CONNECT {}\r\nPUB ${subjectOf(node)} 1000\r\nhalf of it`])
        await noise(server.port, Buffer.from(text));
      const stranger = await connect({ servers: server.url });
      const withHeaders = headers();
      withHeaders.set('Nats-Kind', 'none');
      for (const subject of [subjectOf(node), `${subjectOf(node)}.here`, `${subjectOf(node)}.here.x`]) {
        stranger.publish(subject, new Uint8Array(0));
        stranger.publish(subject, Buffer.from('noise'));
        stranger.publish(subject, Buffer.from('noise'), { reply: subject });
        stranger.publish(subject, Buffer.from('noise'), { reply: subjectOf(nodes.at(-1) as string), headers: withHeaders });
        stranger.publish(subject, new Uint8Array(MAX_FRAME_BYTES + 1));
      }
      await stranger.drain();
    },
    close: () => server.kill(),
  };
};

export const natsTransports: TransportUnderTest = {
  name: 'NATS',
  capabilities: { clients: true, tellsPeers: false },
  strangers: true,
  create,
};
