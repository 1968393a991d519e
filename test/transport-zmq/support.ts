import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { colocated, type TransportStatus } from '@synod/core';
import { type ZmqOptions, ZmqTransport } from '@synod/transport-zmq';
import { firstValueFrom, type Observable, ReplaySubject, take, timeout, toArray } from 'rxjs';
import { filter, map } from 'rxjs/operators';
import { onTestFinished } from 'vitest';

/** ms. No wait of a test is longer; far more than a busy machine needs. */
const PATIENCE = 20_000;

export const NODES = ['a', 'b', 'c'];

/** A transport whose frames and statuses are kept from the start, and which the test's end stops. */
export interface Probe {
  readonly transport: ZmqTransport;
  readonly frames$: Observable<Uint8Array>;
  readonly status$: Observable<TransportStatus>;
}

export const probe = (self: string, options: ZmqOptions, nodes = NODES): Probe => {
  const transport = new ZmqTransport({ self, cluster: 'test', topology: colocated(nodes) }, options);
  const frames$ = new ReplaySubject<Uint8Array>();
  const status$ = new ReplaySubject<TransportStatus>();
  transport.inbound$.subscribe(frames$);
  transport.status$.subscribe(status$);
  onTestFinished(() => transport.stop());
  return { transport, frames$, status$ };
};

export const started = async (self: string, options: ZmqOptions, nodes = NODES): Promise<Probe> => {
  const made = probe(self, options, nodes);
  await made.transport.start();
  return made;
};

/** The first frames, once there are `count`. */
export const frames = (from: Probe, count = 1): Promise<Uint8Array[]> =>
  firstValueFrom(from.frames$.pipe(take(count), toArray(), timeout(PATIENCE)));

export const texts = async (from: Probe, count = 1): Promise<string[]> =>
  (await frames(from, count)).map((frame) => Buffer.from(frame).toString());

/** The next frame that says `text`. */
export const heard = (from: Probe, text: string): Promise<Uint8Array> =>
  firstValueFrom(
    from.frames$.pipe(
      filter((frame) => Buffer.from(frame).toString() === text),
      timeout(PATIENCE),
    ),
  );

type Status<S extends TransportStatus['status'], T = TransportStatus> = T extends { readonly status: infer U }
  ? S extends U
    ? T
    : never
  : never;

/** The first such status, also if it was before. */
export const told = <S extends TransportStatus['status']>(
  from: Probe,
  status: S,
  which: (status: Status<S>) => boolean = () => true,
): Promise<Status<S>> =>
  firstValueFrom(
    from.status$.pipe(
      filter((event) => event.status === status),
      map((event) => event as Status<S>),
      filter(which),
      timeout(PATIENCE),
    ),
  );

export const connected = (from: Probe, node: string) => told(from, 'connected', (event) => event.node === node);

/** Sends again and again, a little apart, until `done`: what a protocol does. */
export const insist = async <T>(send: () => void, done: Promise<T>): Promise<T> => {
  const timer = setInterval(send, 10);
  try {
    send();
    return await done;
  } finally {
    clearInterval(timer);
  }
};

export const bytes = (text: string): Uint8Array => Buffer.from(text);

export const freeEndpoints = async (count: number): Promise<string[]> => {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((done) => {
          const server = createServer().listen(0, '127.0.0.1', () => done(server));
        }),
    ),
  );
  const endpoints = servers.map((server) => `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return endpoints;
};

/** Where the nodes of `NODES` bind, as `peers`. */
export const freePeers = async (): Promise<Record<'a' | 'b' | 'c', string>> => {
  const [a, b, c] = (await freeEndpoints(3)) as [string, string, string];
  return { a, b, c };
};

export const directory = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'synod-zmq-'));
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

/** Fails if it takes longer than `ms`. */
export const within = async <T>(ms: number, what: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new Error(`took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([what, late]);
  } finally {
    clearTimeout(timer);
  }
};
