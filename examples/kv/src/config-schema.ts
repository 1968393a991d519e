import { z } from 'zod';
import type { NodeConfig } from './config.js';
import type { ListenAt } from './server/redis-server.js';

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

const SERVER = 'a NATS server, "nats://HOST:PORT", "tls://HOST:PORT" or "HOST:PORT"';
const server = z.string(allowed(SERVER)).regex(/^((nats|tls):\/\/)?[^/\s]+:\d{1,5}$/, allowed(SERVER));

const roles = z
  .array(z.enum(ROLES, allowed(`one of ${ROLES.map((role) => `"${role}"`).join(', ')}`)), allowed('a list of roles'))
  .nonempty(allowed('at least one role, or no "roles" for all of them'))
  .optional();

const nodes = <Place extends z.ZodRawShape>(place: Place, keys: string) =>
  z
    .array(
      z.strictObject({ id: name, ...place, redis: hostPort.optional(), roles }, allowed(`a node: ${keys}`)),
      allowed('a list of nodes'),
    )
    .nonempty(allowed('at least one node'));

const TRANSPORT = allowed('"zmq" or "nats"');
const common = {
  cluster: name,
  protocol: z.enum(['multi-paxos', 'fast-paxos'], allowed('"multi-paxos" or "fast-paxos"')).default('multi-paxos'),
  storage: z.enum(['file', 'level', 'memory'], allowed('"file", "level" or "memory"')).default('file'),
  data: z.string(allowed('a directory')).min(1, allowed('a directory')),
};

const zmq = z.strictObject(
  {
    ...common,
    transport: z.literal('zmq', TRANSPORT),
    nodes: nodes({ address: endpoint, client: endpoint.optional() }, 'id, address, and optionally redis, client, roles'),
  },
  allowed('an object with cluster, transport, data, nodes, and optionally protocol, storage'),
);

const nats = z.strictObject(
  {
    ...common,
    transport: z.literal('nats', TRANSPORT),
    servers: z.array(server, allowed('a list of NATS servers')).nonempty(allowed('at least one NATS server')),
    nodes: nodes({}, 'id, and over NATS optionally redis, roles'),
  },
  allowed('an object with cluster, transport, servers, data, nodes, and optionally protocol, storage'),
);

type Raw = z.infer<typeof zmq> | z.infer<typeof nats>;

/** What a file must look like that names this transport. */
export const schemaFor = (input: unknown): z.ZodType<Raw> =>
  (input as { readonly transport?: unknown } | null)?.transport === 'nats' ? nats : zmq;

/** Each problem of a file, in words. */
export const problemsIn = (parsed: z.ZodSafeParseResult<Raw>, input: unknown): readonly string[] =>
  parsed.success ? conflicts(parsed.data) : parsed.error.issues.map((issue) => explain(issue, input));

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
const conflicts = (config: Raw): string[] => {
  const nodes: readonly NodeConfig[] = config.nodes;
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
    if (nodes.length > 1 && address !== undefined && ANYWHERE.test(address))
      problems.push(
        `nodes[${i}].address: found ${JSON.stringify(address)}, which the other nodes cannot connect to; allowed is an address and a port that they can`,
      );
    if (address !== undefined) once('place', address.replace('tcp://', ''), `nodes[${i}].address`);
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
