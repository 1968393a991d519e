import { execFileSync } from 'node:child_process';
import { findNatsServer, isExecutable } from '../../examples/kv/src/cluster/find-nats-server.js';

/** Before all tests, once: gets nats-server where that takes no question. Elsewhere the tests that need it say how to get it. */
export const setup = (): void => {
  if (findNatsServer() !== undefined || process.getuid?.() !== 0 || !isExecutable('/usr/bin/apt-get')) return;
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
