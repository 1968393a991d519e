import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../cluster/free-ports.js';
import { NatsServer } from '../cluster/nats-server.js';
import { askInfo } from '../cluster/node-info.js';
import { NodeProcess } from '../cluster/node-process.js';
import { threeNodes } from '../cluster/three-nodes.js';
import type { ProtocolName, StorageName, TransportName } from '../config.js';
import type { ListenAt } from '../server/redis-server.js';

const IDS = ['a', 'b', 'c'];

export interface DemoSetting {
  readonly protocol: ProtocolName;
  readonly transport: TransportName;
  readonly storage: StorageName;
}

/** Three node processes on free ports, in a directory of their own, that can be killed. */
export class DemoStore {
  readonly #processes = new Map<string, NodeProcess>();

  private constructor(
    readonly directory: string,
    readonly doors: ReadonlyMap<string, ListenAt>,
    private readonly configFile: string,
    private readonly nats: NatsServer | undefined,
    private readonly says: (line: string) => void,
  ) {}

  static async create({ protocol, transport, storage }: DemoSetting, says: (line: string) => void): Promise<DemoStore> {
    const nats = transport === 'nats' ? await NatsServer.start() : undefined;
    const directory = mkdtempSync(join(tmpdir(), 'synod-demo-'));
    const ports = await freePorts(6);
    const doors = new Map(IDS.map((id, i) => [id, { host: '127.0.0.1', port: ports[i]! }]));
    const nodes = threeNodes(transport, { redis: ports.slice(0, 3), peers: ports.slice(3) });
    const configFile = join(directory, 'config.json');
    const config = { cluster: 'demo', protocol, transport, ...(nats && { servers: [nats.url] }), storage, data: 'data', nodes };
    writeFileSync(configFile, JSON.stringify(config, null, 2));
    return new DemoStore(directory, doors, configFile, nats, says);
  }

  async start(...ids: readonly string[]): Promise<void> {
    const starting = ids.map((id) => new NodeProcess({ id, configFile: this.configFile, says: this.says }));
    for (const each of starting) this.#processes.set(each.id, each);
    await Promise.all(starting.map(({ listening }) => listening));
  }

  /** Resolves when the kernel has buried them. */
  async kill(...ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#processes.get(id)!.kill('SIGKILL')));
  }

  /** The node that leads, as a running node tells. */
  async leader(): Promise<string> {
    for (;;) {
      for (const [id, door] of this.doors) {
        if (!this.#processes.get(id)?.running) continue;
        const info = await askInfo(door);
        if (info !== undefined && this.#processes.get(info.leader)?.running) return info.leader;
      }
      await sleep(20);
    }
  }

  /** What each node said last, and how it ended if it did. */
  lastWords(): string[] {
    return [...this.#processes.values()].map(({ id, running, lastLine }) => `node ${id} (${running ? 'running' : 'ended'}): ${lastLine}`);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#processes.values()].filter(({ running }) => running).map((each) => each.kill('SIGKILL')));
    await this.nats?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
