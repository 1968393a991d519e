import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NATS_FRAME_BYTES } from '../parts.js';
import { findNatsServer, HOW_TO_GET_NATS_SERVER } from './find-nats-server.js';

/** ms that a server may take until it listens. */
const PATIENCE = 10_000;

const found = (): string => {
  const path = findNatsServer();
  if (path === undefined)
    throw new Error(`there is no nats-server on this machine: ${HOW_TO_GET_NATS_SERVER}. Or name servers that run: --servers`);
  return path;
};

/** Ends the process `pid` when this one is gone, in whatever way: by then nobody writes to the pipe. */
const endWithUs = (pid: number): ChildProcess => {
  const guard = spawn('sh', ['-c', 'read -r _; kill -9 "$0"', `${pid}`], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without it the server ends by `exit` below, if that comes.
  guard.on('error', () => {});
  guard.unref();
  return guard;
};

/** A NATS server on a free port of 127.0.0.1, as a child of this process. */
export class NatsServer {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Rejects, saying how to get it, if there is no such program. */
  static async start(): Promise<NatsServer> {
    const path = found();
    const directory = mkdtempSync(join(tmpdir(), 'synod-nats-'));
    const configuration = join(directory, 'nats.conf');
    writeFileSync(configuration, `max_payload: ${NATS_FRAME_BYTES}\n`);
    const args = ['--config', configuration, '--addr', '127.0.0.1', '--port', '-1'];
    // In a process group of its own: Ctrl-C, which goes to the terminal's, must not end it before the nodes have stopped.
    const child = spawn(path, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    // It is nobody's but this program's.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const late = setTimeout(end, PATIENCE);
    try {
      await once(child, 'spawn');
      const guard = endWithUs(child.pid!);
      child.once('exit', () => guard.kill('SIGKILL'));
      let last = '';
      for await (const line of createInterface(child.stderr)) {
        last = line;
        const [, port] = /Listening for client connections on 127\.0\.0\.1:(\d+)/.exec(line) ?? [];
        if (port === undefined) continue;
        child.stderr.resume();
        return new NatsServer(child, `nats://127.0.0.1:${port}`);
      }
      throw new Error(`nats-server ended before it listened: ${last}`);
    } finally {
      clearTimeout(late);
      rmSync(directory, { recursive: true, force: true });
    }
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
