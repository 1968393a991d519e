import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { NATS_FRAME_BYTES } from '../parts.js';

/** Where system packages put it, whether or not the user's PATH says so. */
const USUAL = ['/usr/local/bin', '/usr/local/sbin', '/usr/sbin', '/usr/bin', '/opt/homebrew/bin'];

/** ms that a server may take until it listens. */
const PATIENCE = 10_000;

const find = (): string => {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...USUAL];
  const found = folders.map((folder) => join(folder, 'nats-server')).find(existsSync);
  if (found === undefined)
    throw new Error(
      'there is no nats-server on PATH. Install it (Debian, Ubuntu: apt-get install nats-server; macOS: brew install nats-server), or name servers that run with --servers',
    );
  return found;
};

/** A NATS server on a free port of 127.0.0.1, as a child of this process. */
export class NatsServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Rejects, saying how to get it, if there is no such program. */
  static async start(): Promise<NatsServer> {
    const directory = mkdtempSync(join(tmpdir(), 'synod-nats-'));
    const configuration = join(directory, 'nats.conf');
    writeFileSync(configuration, `max_payload: ${NATS_FRAME_BYTES}\n`);
    const args = ['--config', configuration, '--addr', '127.0.0.1', '--port', '-1'];
    const child = spawn(find(), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.once('exit', () => rmSync(directory, { recursive: true, force: true }));
    // It is nobody's but this program's.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const late = setTimeout(end, PATIENCE);
    let last = '';
    try {
      for await (const line of createInterface(child.stderr!)) {
        last = line;
        const [, port] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
        if (port === undefined) continue;
        child.stderr!.resume();
        return new NatsServer(child, `nats://127.0.0.1:${port}`);
      }
    } finally {
      clearTimeout(late);
    }
    throw new Error(`nats-server ended before it listened: ${last}`);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resolves when it is gone. */
  get ended(): Promise<unknown> {
    return this.child.exitCode === null && this.child.signalCode === null ? once(this.child, 'exit') : Promise.resolve();
  }

  async stop(): Promise<void> {
    const { ended } = this;
    this.child.kill('SIGKILL');
    await ended;
  }
}
