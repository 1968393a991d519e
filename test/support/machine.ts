import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstValueFrom, ReplaySubject, timeout } from 'rxjs';
import { filter } from 'rxjs/operators';
import { onTestFinished } from 'vitest';
import { PATIENCE } from './probe.js';

/** Ports of the loopback interface that nobody listens at. */
export const freePorts = async (count: number): Promise<number[]> => {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((done) => {
          const server = createServer().listen(0, '127.0.0.1', () => done(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
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
