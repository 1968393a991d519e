import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findNatsServer, HOW_TO_GET_NATS_SERVER } from '../../examples/kv/src/cluster/find-nats-server.js';
import { directory, freePorts } from './machine.js';
import { PATIENCE } from './probe.js';

/** A server of the test's own, on a port of the loopback interface, killed at the test's end. */
export interface NatsServer {
  readonly url: string;
  readonly port: number;
  /** Runs it again, at the same port and with the same configuration unless another is given. */
  start(configuration?: string): Promise<void>;
  kill(): Promise<void>;
  /** It stands still, and keeps its connections. */
  pause(): void;
  resume(): void;
}

/** Completes when the server takes connections. */
const ready = (server: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    let log = '';
    const timer = setTimeout(() => reject(new Error(`nats-server was not ready within ${PATIENCE} ms:\n${log}`)), PATIENCE);
    server.stderr!.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-10_000);
      if (!log.includes('Server is ready')) return;
      clearTimeout(timer);
      resolve();
    });
    server.once('error', reject);
    server.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`nats-server ended with ${code}:\n${log}`));
    });
  });

/** At `port`, not running yet. */
export const natsServerAt = async (port: number, configuration = ''): Promise<NatsServer> => {
  const binary = findNatsServer();
  if (binary === undefined) throw new Error(`nats-server is not on this machine, and some tests need it: ${HOW_TO_GET_NATS_SERVER}`);
  const file = join(await directory(), 'nats.conf');
  let current = configuration;
  let running: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const server = running;
    running = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    // Its pipe too, so that nothing of it is left.
    const closed = new Promise((done) => server.once('close', done));
    server.kill('SIGKILL');
    await closed;
  };
  onTestFinished(kill);
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    async start(next = current) {
      current = next;
      await writeFile(file, `listen: "127.0.0.1:${port}"\n${current}\n`);
      running = spawn(binary, ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
      await ready(running);
    },
    kill,
    pause: () => void running!.kill('SIGSTOP'),
    resume: () => void running!.kill('SIGCONT'),
  };
};

/** Not running yet. */
export const natsServer = async (configuration = ''): Promise<NatsServer> => {
  const [port] = (await freePorts(1)) as [number];
  return natsServerAt(port, configuration);
};

export const runningNatsServer = async (configuration = ''): Promise<NatsServer> => {
  const server = await natsServer(configuration);
  await server.start();
  return server;
};

/** Servers joined by routes, which know each other. */
export const runningNatsCluster = async (count: number): Promise<NatsServer[]> => {
  const ports = await freePorts(2 * count);
  const routes = ports.slice(count);
  const servers = await Promise.all(
    ports.slice(0, count).map((port, i) =>
      natsServerAt(
        port,
        `server_name: "s${i}"
         cluster { name: test, listen: "127.0.0.1:${routes[i]}", routes: [${routes.map((route) => `"nats://127.0.0.1:${route}"`).join(', ')}] }`,
      ),
    ),
  );
  await Promise.all(servers.map((server) => server.start()));
  return servers;
};
