import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { freeEndpoints } from '../transport-zmq/support.js';
import { blocksOf, textOf } from './blocks.js';

const exec = promisify(execFile);
const PAGE = 'docs/security.md';
const blocks = blocksOf(PAGE);
const [makeKeys, ...programs] = blocks;

/** The machine of a node or client: a directory with a key of its own, made as the page says. */
const machine = async (root: string, name: string) => {
  const cwd = join(root, name);
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
  const { stdout } = await exec('sh', ['-c', makeKeys!.code], { cwd });
  return { cwd, publicKey: stdout.trim() };
};

test('the commands and programs on the page make keys, and a deployment in which nodes and a client agree', async () => {
  expect(blocks.map(({ language }) => language)).toEqual(['sh', 'js', 'js', 'js']);
  const root = await mkdtemp(join(tmpdir(), 'synod-security-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await symlink(fileURLToPath(new URL('../node_modules', import.meta.url)), join(root, 'node_modules'));
  const names = ['a', 'b', 'c', 'shop'];
  const machines = await Promise.all(names.map((name) => machine(root, name)));
  for (const { cwd } of machines) expect((await stat(join(cwd, 'secret.key'))).mode & 0o777).toBe(0o600);

  // Only addresses and keys are not those of the page.
  const [addresses, keys] = [await freeEndpoints(6), machines.map(({ publicKey }) => publicKey)];
  for (const { cwd } of machines) {
    const [local, listed] = [[...addresses], [...keys]];
    for (const { code } of programs) {
      const [, name] = /^\/\/ (\w+\.js)\n/.exec(code)!;
      const here = code.replace(/tcp:\/\/10\.0\.0\.\d:\d+/g, () => local.shift()!).replace(/'[^' ]{40}'/g, () => `'${listed.shift()}'`);
      await writeFile(join(cwd, name!), here);
    }
    expect([local, listed]).toEqual([[], []]);
  }

  const nodes = machines.slice(0, 3).map(({ cwd }, i) => {
    const run = exec(process.execPath, ['node.js', names[i]!], { cwd });
    const ended = run.catch(({ signal, stderr }: { signal: unknown; stderr: string }) => ({ signal, stderr }));
    return { child: run.child, ended };
  });
  onTestFinished(async () => {
    for (const { child, ended } of nodes) {
      child.kill('SIGKILL');
      expect(await ended).toEqual({ signal: 'SIGKILL', stderr: '' });
    }
  });
  const { stdout } = await exec(process.execPath, ['client.js'], { cwd: machines[3]!.cwd, timeout: 30_000 });
  expect(stdout).toBe('total: 2\n');
});

test('every line of the log that the page explains is one that is written', () => {
  const sources = ['zap', 'zmq-transport', 'connection'].map((name) => textOf(`packages/transport-zmq/src/${name}.ts`)).join('');
  const lines = [...textOf(PAGE).matchAll(/^\| `refused (?:at|by) [^`:]*: ([^`]*)` \|/gm)].map(([, line]) => line!);
  expect(lines.length).toBeGreaterThan(8);
  const unsaid = lines.flatMap((line) => line.split(/…|node b/)).filter((part) => !sources.includes(part.trim()));
  expect(unsaid).toEqual([]);
});
