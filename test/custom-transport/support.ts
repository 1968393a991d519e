import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { colocated } from '@synod/core';
import { type TcpOptions, TcpTransport } from '@synod/example-custom-transport';
import { onTestFinished } from 'vitest';
import { freePorts } from '../support/machine.js';
import { type Probe as AnyProbe, probing, told } from '../support/probe.js';

export { bytes, connected, heard, insist, told, within } from '../support/probe.js';

export const NODES = ['a', 'b', 'c'];

export type Probe = AnyProbe<TcpTransport>;

export const probe = (self: string, options: TcpOptions): Probe =>
  probing(new TcpTransport({ self, cluster: 'test', topology: colocated(NODES) }, options));

export const started = async (self: string, options: TcpOptions): Promise<Probe> => {
  const made = probe(self, options);
  await made.transport.start();
  return made;
};

/** Where the nodes of `NODES` listen, as `peers`. */
export const freePeers = async (): Promise<Record<'a' | 'b' | 'c', string>> => {
  const [a, b, c] = (await freePorts(3)).map((port) => `127.0.0.1:${port}`) as [string, string, string];
  return { a, b, c };
};

/** A frame was dropped for this reason. */
export const dropped = (from: Probe, node: string, reason: string, count?: number) =>
  told(from, 'dropped', (event) => event.node === node && event.reason === reason && (count === undefined || event.count === count));

export const refused = (from: Probe, reason: RegExp) => told(from, 'refused', (event) => reason.test(event.reason));

export const textOf = (frame: Uint8Array): string => Buffer.from(frame).toString();

/** Lets the event loop have a turn. */
export const turn = (): Promise<void> => new Promise((done) => setImmediate(done));

/** What a transport writes, by hand. */
export const framed = (...frames: readonly (Uint8Array | string)[]): Buffer =>
  Buffer.concat(
    frames.flatMap((frame) => {
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32BE(frame.length);
      return [prefix, Buffer.from(frame)];
    }),
  );

const parts = (address: string): { host: string; port: number } => {
  const [host, port] = address.split(':') as [string, string];
  return { host, port: Number(port) };
};

/** A connection by hand. Resolves when it stands. */
export const dial = async (address: string): Promise<Socket> => {
  const socket = connect(parts(address)).on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
};

/** Resolves when the other end has closed it. */
export const closed = (socket: Socket): Promise<void> =>
  new Promise((done) => {
    socket.resume().once('close', () => done());
    if (socket.closed) done();
  });

/** Listens by hand, and hands over each connection. */
export const listen = async (address: string, accept: (socket: Socket) => void): Promise<void> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    accept(socket);
  });
  server.listen(parts(address));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, 'listening');
};
