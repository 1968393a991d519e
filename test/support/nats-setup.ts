import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where packages put it, though not every user's PATH has them. */
const ELSEWHERE = ['/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/opt/homebrew/bin'];

const executable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** Where nats-server is on this machine. */
export const findNatsServer = (): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), ...ELSEWHERE].map((directory) => join(directory, 'nats-server')).find(executable);

export const HOW_TO_GET_IT =
  'nats-server is not on this machine, and some tests need it: apt-get install nats-server, brew install nats-server, dnf install nats-server, or a release from https://github.com/nats-io/nats-server/releases put on the PATH';

/** Before all tests, once: gets nats-server where that takes no question. Elsewhere the tests that need it say how to get it. */
export const setup = (): void => {
  if (findNatsServer() !== undefined || process.getuid?.() !== 0 || !executable('/usr/bin/apt-get')) return;
  process.stderr.write('installing nats-server, which tests need: apt-get install nats-server\n');
  const aptGet = (...args: string[]): void => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env,
      timeout: 300_000,
    });
  };
  try {
    aptGet('update');
    aptGet('install', '--yes', '--no-install-recommends', 'nats-server');
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer };
    process.stderr.write(`nats-server could not be installed: ${stderr?.toString().trim() || (error as Error).message}\n`);
  }
};
