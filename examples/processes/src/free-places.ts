import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';

/** Below those that systems give to outgoing connections, so that nobody has taken them when they come to be used. */
const PORTS = [20_000, 32_000] as const;

const listening = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined)).listen(port, '127.0.0.1', () => resolve(server));
  });

/** Where the nodes of a deployment listen: to each other, and to clients. */
export interface Places {
  readonly peers: Readonly<Record<string, string>>;
  readonly doors: Readonly<Record<string, string>>;
}

/** For each node two endpoints of this machine that nobody listens at. */
export const freePlaces = async (nodes: readonly string[]): Promise<Places> => {
  const servers = new Map<number, Server>();
  while (servers.size < 2 * nodes.length) {
    const port = randomInt(...PORTS);
    const server = servers.has(port) ? undefined : await listening(port);
    if (server !== undefined) servers.set(port, server);
  }
  await Promise.all([...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  const ports = [...servers.keys()];
  const from = (first: number) => Object.fromEntries(nodes.map((node, i) => [node, `tcp://127.0.0.1:${ports[first + i]}`]));
  return { peers: from(0), doors: from(nodes.length) };
};
