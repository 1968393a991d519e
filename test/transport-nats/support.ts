import { colocated, type Logger } from '@synod/core';
import { type NatsOptions, NatsTransport } from '@synod/transport-nats';
import { type Probe as AnyProbe, probing } from '../support/probe.js';

export { directory, freePorts, run } from '../support/machine.js';
export { type NatsServer, natsServer, natsServerAt, runningNatsCluster, runningNatsServer } from '../support/nats-server.js';
export { bytes, frames, heard, insist, PATIENCE, texts, told, within } from '../support/probe.js';

export const NODES = ['a', 'b', 'c'];

export type Probe = AnyProbe<NatsTransport>;

export interface Setting {
  readonly cluster?: string;
  readonly logger?: Logger;
}

export const probe = (self: string, options: NatsOptions, { cluster = 'test', logger }: Setting = {}): Probe =>
  probing(new NatsTransport({ self, cluster, topology: colocated(NODES) }, options, logger));

export const started = async (self: string, options: NatsOptions, setting?: Setting): Promise<Probe> => {
  const made = probe(self, options, setting);
  await made.transport.start();
  return made;
};
