import { join } from 'node:path';
import { freePorts } from '../cluster/free-ports.js';
import { parseConfig } from '../config.js';
import type { Load } from './closed-loop.js';
import type { BareLoop } from './protocol.js';
import type { Row } from './report.js';
import { WorkerProcess } from './worker-process.js';

export interface Setting {
  readonly directory: string;
  readonly transport: 'zmq';
  readonly storage: 'file' | 'memory';
  readonly bytes: number;
}

/** Four processes that replicate: three that keep the data and one that drives them. */
export class Contender {
  private constructor(
    readonly name: string,
    private readonly setting: Setting,
    private readonly keepers: readonly WorkerProcess[],
    private readonly client: WorkerProcess,
  ) {}

  static async synod(setting: Setting): Promise<Contender> {
    const ids = ['a', 'b', 'c'];
    const ports = await freePorts(6);
    const nodes = ids.map((id, i) => ({ id, address: `tcp://127.0.0.1:${ports[i]}`, client: `tcp://127.0.0.1:${ports[i + 3]}` }));
    const { directory, transport, storage } = setting;
    const config = parseConfig({ cluster: 'bench', transport, storage, data: 'synod', nodes }, 'the bench', directory);
    const keepers = await Promise.all(ids.map((id) => WorkerProcess.start({ role: 'synod node', config, id })));
    const client = await WorkerProcess.start({ role: 'synod client', config, bytes: setting.bytes });
    return new Contender('synod', setting, keepers, client);
  }

  static async bareLoop(setting: Setting): Promise<Contender> {
    const endpoints = (await freePorts(4)).map((port) => `tcp://127.0.0.1:${port}`);
    const sync = setting.storage === 'file' ? 'fdatasync' : 'none';
    const bare: BareLoop = { endpoints, directory: join(setting.directory), sync, bytes: setting.bytes };
    const keepers = await Promise.all([
      WorkerProcess.start({ role: 'bare leader', bare, id: 0 }),
      ...[1, 2].map((id) => WorkerProcess.start({ role: 'bare follower', bare, id })),
    ]);
    const client = await WorkerProcess.start({ role: 'bare client', bare, id: 3 });
    return new Contender('bare loop', setting, keepers, client);
  }

  async run(load: Load): Promise<Row> {
    const before = await this.#cpu();
    const { operations, seconds, p50ms, p99ms } = await this.client.run(load);
    const after = await this.#cpu();
    const { transport, storage } = this.setting;
    return {
      name: this.name,
      transport,
      storage,
      clients: load.clients,
      opsPerSecond: operations / seconds,
      p50ms,
      p99ms,
      cpuMicroseconds: (after - before) / operations,
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all().map((worker) => worker.stop()));
  }

  #all(): readonly WorkerProcess[] {
    return [...this.keepers, this.client];
  }

  async #cpu(): Promise<number> {
    const usages = await Promise.all(this.#all().map((worker) => worker.usage()));
    return usages.reduce((sum, { cpuMicroseconds }) => sum + cpuMicroseconds, 0);
  }
}
