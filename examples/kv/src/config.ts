import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { ListenAt } from './server/redis-server.js';

export interface NodeConfig {
  readonly id: string;
  /** Where the node receives from the others. */
  readonly address: string;
  /** Where it receives from Redis clients, if it serves any. */
  readonly redis?: ListenAt | undefined;
  /** Where it receives from client nodes, if it serves any. */
  readonly client?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

/** A deployment of the store: the same file for all its nodes. */
export interface KvConfig {
  /** Where it was read, for messages. */
  readonly file: string;
  readonly cluster: string;
  readonly transport: 'zmq';
  readonly storage: 'file' | 'memory';
  /** Absolute; each node keeps its files in a directory below, named by its id. */
  readonly data: string;
  readonly nodes: readonly NodeConfig[];
}

/** Where a node keeps its files. */
export const dataOf = ({ data }: KvConfig, { id }: NodeConfig): string => join(data, id);

export const acceptorsOf = ({ nodes }: KvConfig): readonly NodeConfig[] =>
  nodes.filter(({ roles }) => roles === undefined || roles.includes('acceptor'));

/** How many of them must run. */
export const majorityOf = (acceptors: readonly NodeConfig[]): number => Math.floor(acceptors.length / 2) + 1;

/** The file does not describe a deployment. Each problem names the key, what was found, and what is allowed. */
export class ConfigError extends Error {}

const ROLES = ['proposer', 'leader', 'acceptor', 'learner'] as const;
/** Without them nothing is agreed upon; proposers may join as clients. */
const NEEDED = ['leader', 'acceptor', 'learner'] as const;

const allowed = (what: string): { error: string } => ({ error: what });

const NAME = 'a name of 1 to 64 letters, digits, "-" and "_"';
const name = z.string(allowed(NAME)).regex(/^[A-Za-z0-9_-]{1,64}$/, allowed(NAME));

const ENDPOINT = 'an endpoint, "tcp://HOST:PORT" or "ipc://PATH"';
const endpoint = z
  .string(allowed(ENDPOINT))
  .regex(/^(tcp:\/\/.+:\d{1,5}|ipc:\/\/.+)$/, allowed(ENDPOINT))
  .refine((text) => text.startsWith('ipc:') || Number(/\d+$/.exec(text)) <= 65_535, allowed(`${ENDPOINT}, with a port of at most 65535`));

const HOST_PORT = '"HOST:PORT", such as "127.0.0.1:7001"';
const hostPort = z
  .string(allowed(HOST_PORT))
  .regex(/^(\[.+\]|[^:]+):\d{1,5}$/, allowed(HOST_PORT))
  .transform((text): ListenAt => {
    const colon = text.lastIndexOf(':');
    return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
  })
  .refine(({ port }) => port <= 65_535, allowed(`${HOST_PORT}, with a port of at most 65535`));

const schema = z.strictObject(
  {
    cluster: name,
    transport: z.enum(['zmq'], allowed('"zmq"')),
    storage: z.enum(['file', 'memory'], allowed('"file" or "memory"')).default('file'),
    data: z.string(allowed('a directory')).min(1, allowed('a directory')),
    nodes: z
      .array(
        z.strictObject(
          {
            id: name,
            address: endpoint,
            redis: hostPort.optional(),
            client: endpoint.optional(),
            roles: z
              .array(z.enum(ROLES, allowed(`one of ${ROLES.map((role) => `"${role}"`).join(', ')}`)), allowed('a list of roles'))
              .nonempty(allowed('at least one role, or no "roles" for all of them'))
              .optional(),
          },
          allowed('a node: id, address, and optionally redis, client, roles'),
        ),
        allowed('a list of nodes'),
      )
      .nonempty(allowed('at least one node')),
  },
  allowed('an object with cluster, transport, data, nodes, and optionally storage'),
);

type Raw = z.infer<typeof schema>;

/** Throws `ConfigError`, with one line for each problem. `directory` is where a relative `data` begins: that of the file. */
export const parseConfig = (input: unknown, file: string, directory: string): KvConfig => {
  const parsed = schema.safeParse(input);
  const problems = parsed.success ? conflicts(parsed.data) : parsed.error.issues.map((issue) => explain(issue, input));
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => `${file}: ${problem}`).join('\n'));
  const config = parsed.data!;
  return { file, ...config, data: resolve(directory, config.data) };
};

/** Throws `ConfigError`. */
export const readConfig = (file: string): KvConfig => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${file}: cannot be read: ${(error as Error).message}`);
  }
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`${file}: is not JSON: ${(error as Error).message}`);
  }
  return parseConfig(input, file, dirname(resolve(file)));
};

const explain = (issue: z.core.$ZodIssue, input: unknown): string => {
  const place = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => pathText([...issue.path, key])).join(', ');
    return `${keys}: found, but there is no such key; allowed is ${issue.message}`;
  }
  const found = issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], input);
  return `${place === '' ? 'the file' : place}: found ${found === undefined ? 'nothing' : JSON.stringify(found)}; allowed is ${issue.message}`;
};

/** What is right by itself and wrong together. */
const conflicts = ({ nodes }: Raw): string[] => {
  const problems: string[] = [];
  const seen = new Map<string, string>();
  const once = (kind: string, value: string, place: string): void => {
    const other = seen.get(`${kind} ${value}`);
    if (other !== undefined)
      problems.push(`${place}: found ${JSON.stringify(value)}, which stands at ${other} too; allowed is one that nobody else has`);
    seen.set(`${kind} ${value}`, place);
  };
  for (const [i, { id, address, redis, client, roles }] of nodes.entries()) {
    once('id', id, `nodes[${i}].id`);
    if (nodes.length > 1 && ANYWHERE.test(address))
      problems.push(
        `nodes[${i}].address: found ${JSON.stringify(address)}, which the other nodes cannot connect to; allowed is an address and a port that they can`,
      );
    once('place', address.replace('tcp://', ''), `nodes[${i}].address`);
    if (client !== undefined) once('place', client.replace('tcp://', ''), `nodes[${i}].client`);
    if (redis === undefined) continue;
    if (redis.port !== 0) once('place', `${redis.host}:${redis.port}`, `nodes[${i}].redis`);
    if (roles !== undefined && !roles.includes('proposer'))
      problems.push(`nodes[${i}].redis: found, but roles has no "proposer"; allowed is "redis" at nodes that propose`);
  }
  const missing = NEEDED.filter((role) => !nodes.some(({ roles }) => roles === undefined || roles.includes(role)));
  if (missing.length > 0)
    problems.push(
      `nodes: found none with the role ${missing.join(', none with ')}; allowed is one at least for each of ${NEEDED.join(', ')}`,
    );
  return problems;
};

/** Good to listen at, and no place to find a node. */
const ANYWHERE = /^tcp:\/\/(\*|0\.0\.0\.0|\[::\]):|^tcp:.*:0+$/;

const pathText = (path: readonly PropertyKey[]): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${String(key)}`)).join('');
