import { mkdirSync } from 'node:fs';
import { freePorts } from '../cluster/free-ports.js';
import { NatsServer } from '../cluster/nats-server.js';
import { threeNodes } from '../cluster/three-nodes.js';
import { type ProtocolName, parseConfig, type StorageName, type TransportName } from '../config.js';
import type { BareLoop } from './bare-loop/index.js';
import type { Load } from './closed-loop.js';
import type { BenchTransport } from './options.js';
import type { Row } from './report.js';
import { WorkerProcess } from './worker-process.js';

/** Over which parts a contender runs. */
export interface Parts {
  readonly transport: BenchTransport;
  readonly storage: StorageName;
}

/** The parts of a store. */
export interface StoreParts extends Parts {
  readonly protocol: ProtocolName;
}

export interface Setting {
  /** Its own. */
  readonly directory: string;
  /** Of a value. */
  readonly bytes: number;
}

/** What replicates and is measured: four processes, or one that is all four. */
export class Contender {
  private constructor(
    readonly name: string,
    readonly parts: Parts | StoreParts,
    /** Also those that only help: the last is the one that drives. */
    private readonly workers: readonly WorkerProcess[],
    private readonly nats?: NatsServer,
  ) {}

  static async synod(parts: StoreParts, { directory, bytes }: Setting): Promise<Contender> {
    const { protocol, transport, storage } = parts;
    if (transport === 'memory')
      return new Contender('synod', parts, [
        await WorkerProcess.start({ role: 'synod in one process', protocol, storage, directory, bytes }),
      ]);
    const nats = transport === 'nats' ? await NatsServer.start() : undefined;
    const config = await configOf(protocol, transport, storage, directory, nats);
    const nodes = config.nodes.map(({ id }) => WorkerProcess.start({ role: 'synod node', config, id }));
    const keepers = await Promise.all(nodes);
    return new Contender('synod', parts, [...keepers, await WorkerProcess.start({ role: 'synod client', config, bytes })], nats);
  }

  /** The yardstick of a deployment: in one process for `memory`, else over ZeroMQ; and with a log unless the storage is memory. */
  static async bareLoop({ transport, storage }: Parts, { directory, bytes }: Setting): Promise<Contender> {
    mkdirSync(directory, { recursive: true });
    const bare: BareLoop = { bytes, ...(storage !== 'memory' && { directory }) };
    const parts: Parts = { transport, storage };
    if (transport === 'memory')
      return new Contender('bare loop', parts, [await WorkerProcess.start({ role: 'bare loop in one process', bare })]);
    const endpoints = (await freePorts(4)).map((port) => `tcp://127.0.0.1:${port}`);
    const start = (id: number) => WorkerProcess.start({ role: 'bare process', bare: { ...bare, endpoints }, id });
    const keepers = await Promise.all([0, 1, 2].map(start));
    return new Contender('bare loop', parts, [...keepers, await start(3)]);
  }

  async run(load: Load): Promise<Row> {
    const before = await this.#cpu();
    const { operations, seconds, p50ms, p99ms } = await this.workers.at(-1)!.run(load);
    const after = await this.#cpu();
    return {
      name: this.name,
      ...this.parts,
      clients: load.clients,
      opsPerSecond: operations / seconds,
      p50ms,
      p99ms,
      cpuMicroseconds: (after - before) / operations,
    };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.workers, ...(this.nats === undefined ? [] : [this.nats])].map((each) => each.stop()));
  }

  /** Of its own processes; a NATS server's is not counted. */
  async #cpu(): Promise<number> {
    const usages = await Promise.all(this.workers.map((worker) => worker.usage()));
    return usages.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0);
  }
}

/** The bare loop that a deployment is compared with. */
export const yardstickOf = ({ transport, storage }: Parts): Parts => ({
  transport: transport === 'memory' ? 'memory' : 'zmq',
  storage: storage === 'memory' ? 'memory' : 'file',
});

const configOf = async (
  protocol: ProtocolName,
  transport: TransportName,
  storage: StorageName,
  directory: string,
  nats: NatsServer | undefined,
) => {
  const ports = await freePorts(6);
  const nodes = threeNodes(transport, { peers: ports.slice(0, 3), clients: ports.slice(3) });
  const servers = nats && { servers: [nats.url] };
  return parseConfig({ cluster: 'bench', protocol, transport, ...servers, storage, data: '.', nodes }, 'the bench', directory);
};
