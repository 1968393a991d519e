import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const built = new URL('../../examples/kv/dist/cluster/nats-server.js', import.meta.url).href;

const temporary = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'synod-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

/** A program that starts a server, says where, and stays. Its temporary files are in `directory`. */
const program = (directory: string, environment: NodeJS.ProcessEnv = {}) =>
  [
    [
      '--input-type=module',
      '-e',
      `import { NatsServer } from '${built}'; const { url, pid } = await NatsServer.start(); console.log(url, pid); setInterval(() => {}, 1e9);`,
    ],
    { env: { ...process.env, TMPDIR: directory, ...environment } },
  ] as const;

test.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)(
  'a NATS server ends with the program that %s ends, and leaves no file',
  async (signal) => {
    const directory = temporary();
    const [args, options] = program(directory);
    const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const [url, pid] = line.toString().trim().split(' ') as [string, string];
    expect(readdirSync(directory)).toEqual([]);
    // It leads a process group, so Ctrl-C in a terminal does not reach it.
    expect(process.kill(-Number(pid), 0)).toBe(true);
    const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => {});
    await once(socket, 'data');
    const gone = once(socket, 'close');
    child.kill(signal);
    await gone;
  },
);

test('a NATS server that is no program fails with why, and leaves no file', async () => {
  const [directory, bin] = [temporary(), temporary()];
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'nats-server'), 'no program', { mode: 0o755 });
  const [args, options] = program(directory, { PATH: bin });
  const [error, stderr] = await new Promise<[unknown, string]>((resolve) =>
    execFile(process.execPath, args, options, (error, _, stderr) => resolve([error, stderr])),
  );
  expect(error).not.toBeNull();
  expect(stderr).toContain('nats-server ended before it listened');
  expect(readdirSync(directory)).toEqual([]);
});
