import { colocated } from '@synod/core';
import { type ZmqOptions, ZmqTransport } from '@synod/transport-zmq';
import { freePorts } from '../support/machine.js';
import { type Probe as AnyProbe, probing } from '../support/probe.js';

export { directory, run } from '../support/machine.js';
export { bytes, connected, frames, heard, insist, texts, told, within } from '../support/probe.js';

export const NODES = ['a', 'b', 'c'];

export type Probe = AnyProbe<ZmqTransport>;

export const probe = (self: string, options: ZmqOptions, nodes = NODES): Probe =>
  probing(new ZmqTransport({ self, cluster: 'test', topology: colocated(nodes) }, options));

export const started = async (self: string, options: ZmqOptions, nodes = NODES): Promise<Probe> => {
  const made = probe(self, options, nodes);
  await made.transport.start();
  return made;
};

export const freeEndpoints = async (count: number): Promise<string[]> => (await freePorts(count)).map((port) => `tcp://127.0.0.1:${port}`);

/** Where the nodes of `NODES` bind, as `peers`. */
export const freePeers = async (): Promise<Record<'a' | 'b' | 'c', string>> => {
  const [a, b, c] = (await freeEndpoints(3)) as [string, string, string];
  return { a, b, c };
};
