import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { runningNatsServer } from '../support/nats-server.js';
import { authority } from '../transport-nats/credentials.js';
import { freeEndpoints } from '../transport-zmq/support.js';
import { blocksOf, textOf } from './blocks.js';

const exec = promisify(execFile);
const PAGE = 'docs/security.md';
const blocks = blocksOf(PAGE);
const [makeKeys, deployment, node, client, makeNkey, natsConfiguration, natsNode] = blocks.map(({ code }) => code) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const NAMES = ['a', 'b', 'c', 'shop-1'];

/** A place for the machines of nodes and clients. */
const place = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'synod-security-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await symlink(fileURLToPath(new URL('../node_modules', import.meta.url)), join(root, 'node_modules'));
  return root;
};

/** The machine of a node or client: a directory with a key of its own, made as the page says. */
const machine = async (root: string, name: string, makeKey: string) => {
  const cwd = join(root, name);
  await mkdir(cwd);
  await writeFile(join(cwd, 'package.json'), '{ "type": "module" }');
  const { stdout } = await exec('sh', ['-c', makeKey], { cwd });
  return { cwd, publicKey: stdout.trim() };
};

/** A node that runs until the end of the test, and says nothing on stderr. */
const running = (cwd: string, program: string, self: string): void => {
  const run = exec(process.execPath, [program, self], { cwd });
  const ended = run.catch(({ signal, stderr }: { signal: unknown; stderr: string }) => ({ signal, stderr }));
  onTestFinished(async () => {
    run.child.kill('SIGKILL');
    expect(await ended).toEqual({ signal: 'SIGKILL', stderr: '' });
  });
};

test('the page has the blocks that are run here', () => {
  expect(blocks.map(({ language }) => language)).toEqual(['sh', 'js', 'js', 'js', 'sh', 'conf', 'js']);
});

test('the commands and programs on the page make keys, and a deployment in which nodes and a client agree', async () => {
  const root = await place();
  const machines = await Promise.all(NAMES.map((name) => machine(root, name, makeKeys)));
  for (const { cwd } of machines) expect((await stat(join(cwd, 'secret.key'))).mode & 0o777).toBe(0o600);

  // Only addresses and keys are not those of the page.
  const [addresses, keys] = [await freeEndpoints(6), machines.map(({ publicKey }) => publicKey)];
  for (const { cwd } of machines) {
    const [local, listed] = [[...addresses], [...keys]];
    for (const code of [deployment, node, client]) {
      const [, name] = /^\/\/ (\w+\.js)\n/.exec(code)!;
      const here = code.replace(/tcp:\/\/10\.0\.0\.\d:\d+/g, () => local.shift()!).replace(/'[^' ]{40}'/g, () => `'${listed.shift()}'`);
      await writeFile(join(cwd, name!), here);
    }
    expect([local, listed]).toEqual([[], []]);
  }

  for (const [i, { cwd }] of machines.slice(0, 3).entries()) running(cwd, 'node.js', NAMES[i]!);
  const { stdout } = await exec(process.execPath, ['client.js'], { cwd: machines[3]!.cwd, timeout: 30_000 });
  expect(stdout).toBe('total: 2\n');
});

test('the configuration and the program for NATS make a deployment that a listed client alone is let in to', async () => {
  const root = await place();
  const machines = await Promise.all(NAMES.map((name) => machine(root, name, makeNkey)));
  const trusted = await authority();
  const { certificate, key } = await trusted.issue('server', 'server');
  await writeFile(join(root, 'server.pem'), certificate);
  await writeFile(join(root, 'server.key'), key);
  const keys = machines.map(({ publicKey }) => publicKey);
  const configuration = natsConfiguration
    .replace(/"(server\.\w+)"/g, `"${root}/$1"`)
    .replace(/"U[A-Z0-9]{55,}"/g, () => `"${keys.shift()}"`);
  expect(keys).toEqual([]);
  const { port } = await runningNatsServer(configuration);

  // Only the address of the servers is not that of the page.
  const program = natsNode.replace(/\['tls:.*\]/, `['tls://127.0.0.1:${port}']`);
  expect(program).toContain(`${port}`);
  const asClient = program
    .replace(/.*fileStorage.*\n/g, '')
    .replace('await startNode(', 'const client = await startNode(')
    .concat("console.log('total:', await client.of(counters).submit({ add: 2 }));\nawait client.stop();\n");
  for (const { cwd } of machines) {
    await writeFile(join(cwd, 'deployment.js'), deployment);
    await writeFile(join(cwd, 'ca.pem'), trusted.certificate);
    await writeFile(join(cwd, 'nats-node.js'), program);
    await writeFile(join(cwd, 'client.js'), asClient);
  }
  for (const [i, { cwd }] of machines.slice(0, 3).entries()) running(cwd, 'nats-node.js', NAMES[i]!);
  const { cwd } = machines[3]!;
  expect((await exec(process.execPath, ['client.js', 'shop-1'], { cwd, timeout: 30_000 })).stdout).toBe('total: 2\n');
  // Under another's name a client would receive what is for that one.
  await expect(exec(process.execPath, ['client.js', 'shop-2'], { cwd, timeout: 30_000 })).rejects.toThrow(
    /NOT_AUTHORIZED|synod\.shop\.shop-2/,
  );
  const stranger = await machine(root, 'stranger', makeNkey);
  await writeFile(join(cwd, 'nkey.seed'), await readFile(join(stranger.cwd, 'nkey.seed')), { flag: 'w' });
  await expect(exec(process.execPath, ['client.js', 'shop-1'], { cwd, timeout: 30_000 })).rejects.toThrow('does not let this user in');
});

test('every line of the log that the page explains is one that is written', () => {
  const sources = ['zap', 'zmq-transport', 'connection'].map((name) => textOf(`packages/transport-zmq/src/${name}.ts`)).join('');
  const lines = [...textOf(PAGE).matchAll(/^\| `refused (?:at|by) [^`:]*: ([^`]*)` \|/gm)].map(([, line]) => line!);
  expect(lines.length).toBeGreaterThan(8);
  const unsaid = lines.flatMap((line) => line.split(/…|node b/)).filter((part) => !sources.includes(part.trim()));
  expect(unsaid).toEqual([]);
});
