import { colocated, type Logger, silentLogger } from '@synod/core';
import { type ZmqOptions, ZmqTransport } from '@synod/transport-zmq';
import { freePorts } from '../support/machine.js';
import { type Probe as AnyProbe, probing, told } from '../support/probe.js';

export { directory, run } from '../support/machine.js';
export { bytes, connected, frames, heard, insist, texts, told, within } from '../support/probe.js';

export const NODES = ['a', 'b', 'c'];

export interface Probe extends AnyProbe<ZmqTransport> {
  /** What it logged from level `warn` up. */
  readonly log: { readonly message: string; readonly details: object | undefined }[];
}

export const probe = (self: string, options: ZmqOptions, nodes = NODES): Probe => {
  const log: Probe['log'] = [];
  const warn: Logger['warn'] = (message, details) => log.push({ message, details });
  const logger: Logger = { ...silentLogger, warn, error: warn };
  return { ...probing(new ZmqTransport({ self, cluster: 'test', topology: colocated(nodes) }, options, logger)), log };
};

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

/** Completes when `from` has told of `count` refusals for such a reason. */
export const refusals = async (from: Probe, reason: RegExp, count: number): Promise<void> => {
  let sum = 0;
  await told(from, 'refused', (refused) => {
    if (reason.test(refused.reason)) sum += Number(/ \((\d+) times\)$/.exec(refused.reason)?.[1] ?? 1);
    return sum >= count;
  });
};
