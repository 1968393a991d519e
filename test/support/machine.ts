import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstValueFrom, ReplaySubject, timeout } from 'rxjs';
import { filter } from 'rxjs/operators';
import { onTestFinished } from 'vitest';
import { PATIENCE } from './probe.js';

/** Below those that systems give to outgoing connections: such a port may be gone before the test comes to use it. */
const PORTS = [20_000, 32_000] as const;

const listening = (port: number): Promise<Server | undefined> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(undefined)).listen(port, '127.0.0.1', () => done(server));
  });

/** Ports of the loopback interface that nobody listens at. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = new Map<number, Server>();
  while (servers.size < count) {
    const port = randomInt(...PORTS);
    const server = servers.has(port) ? undefined : await listening(port);
    if (server !== undefined) servers.set(port, server);
  }
  await Promise.all([...servers.values()].map((server) => new Promise((done) => server.close(done))));
  return [...servers.keys()];
};

/** Resolves once nobody listens at the port: a library may close its sockets a little after it said so. */
export const portFree = async (port: number): Promise<void> => {
  for (;;) {
    const server = await listening(port);
    if (server !== undefined) return new Promise((done) => void server.close(() => done()));
  }
};

/** A directory that the test's end removes. */
export const directory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'synod-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
};

export interface Program {
  readonly process: ChildProcess;
  /** Completes when it prints the line. */
  said(line: string): Promise<void>;
  readonly exited: Promise<number | null>;
}

/** Runs a program in a process of its own, killed at the test's end. It sees what users install: the built packages. */
export const run = (program: string): Program => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines$ = new ReplaySubject<string>();
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) lines$.next(line);
  });
  const exited = new Promise<number | null>((done) => child.once('exit', done));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    process: child,
    exited,
    said: async (line) => {
      await firstValueFrom(
        lines$.pipe(
          filter((said) => said === line),
          timeout(PATIENCE),
        ),
      );
    },
  };
};
