import { Container, type ContainerModule, type ServiceIdentifier } from 'inversify';
import type { ActorDecorator } from '../actor/actor.js';
import { type Logger, silentLogger } from '../actor/logger.js';
import { type Random, systemRandom } from '../actor/random.js';
import { TRACING_LEVELS, type Tracing } from '../actor/tracer.js';
import { ConfigurationError, errorFrom, SynodError } from '../errors.js';
import type { Transport } from '../transport/transport.js';
import { ACTOR_DECORATOR, type DecoratedRole } from '../wiring/decorate.js';
import { GROUP, type Group } from '../wiring/group.js';
import { PROTOCOL, type Protocol, type RoleDefinition } from '../wiring/protocol.js';
import {
  LIMITS,
  LOGGER,
  NODE_IDENTITY,
  type NodeIdentity,
  RANDOM,
  SCHEDULER,
  STATE_MACHINE,
  STORAGE,
  TRACING,
  TRANSPORT,
  WALL_CLOCK,
} from '../wiring/tokens.js';
import { ALL_ROLES, type Topology } from '../wiring/topology.js';
import { memoryStorage } from './memory-parts.js';
import { monotonicScheduler } from './monotonic-scheduler.js';

/** A group, resolved: its protocol, and the container that its actors come from. */
export interface ResolvedGroup {
  readonly group: Group<unknown>;
  readonly protocol: Protocol;
  readonly container: Container;
}

const defaults = (container: Container): void => {
  const bind = <T>(token: ServiceIdentifier<T>, value: T): void => {
    if (!container.isBound(token)) container.bind(token).toConstantValue(value);
  };
  bind(SCHEDULER, monotonicScheduler);
  bind(WALL_CLOCK, { now: () => Date.now() });
  bind<Random>(RANDOM, systemRandom());
  bind<Logger>(LOGGER, silentLogger);
  bind<Tracing>(TRACING, 'off');
};

/** Loads the parts of a deployment. Throws `ConfigurationError`, saying which part is missing or which two overlap. */
export const containerOf = (identity: NodeIdentity, parts: readonly ContainerModule[]): Container => {
  const container = new Container();
  container.bind(NODE_IDENTITY).toConstantValue(identity);
  container.load(...parts);
  defaults(container);
  one(container, TRANSPORT, 'the node', 'transport', 'zmqTransport({ … }) or memoryTransport(network)');
  // A client keeps nothing that must survive.
  if (!identity.topology.nodes.includes(identity.self) && !container.isBound(STORAGE)) container.load(memoryStorage());
  one(container, STORAGE, 'the node', 'storage', 'fileStorage({ … }) or memoryStorage()');
  const transport = get<Transport>(container, TRANSPORT);
  container.bind(LIMITS).toConstantValue(transport.capabilities);
  return container;
};

/**
 * Resolves the groups of a deployment. Throws `ConfigurationError`: `MISSING_PART`, `OVERLAPPING_PARTS`, `UNKNOWN_ROLE`, or what a
 * protocol has against the topology.
 */
export const groupsOf = (container: Container, { topology }: NodeIdentity): readonly ResolvedGroup[] => {
  const groups = container.isBound(GROUP) ? container.getAll(GROUP) : [];
  if (groups.length === 0)
    throw new ConfigurationError('MISSING_PART', 'the node has no group: add group(name, multiPaxos(), stateMachine)');
  const resolved = groups.map((group, i) => {
    if (groups.findIndex(({ name }) => name === group.name) !== i)
      throw new ConfigurationError('OVERLAPPING_PARTS', `two groups are named ${JSON.stringify(group.name)}; give each its own name`);
    return resolvedGroup(container, group);
  });
  checkRoles(container, topology, resolved);
  for (const { protocol } of resolved) protocol.validate(topology);
  return resolved;
};

const resolvedGroup = (container: Container, group: Group<unknown>): ResolvedGroup => {
  const inner = new Container({ parent: container });
  inner.load(...group.parts);
  const owner = `group ${group.name}`;
  if (inner.isBound(STATE_MACHINE)) one(inner, STATE_MACHINE, owner, 'state machine', STATE_MACHINE_EXAMPLE);
  try {
    one(inner, PROTOCOL, owner, 'protocol', 'multiPaxos()');
    return { group, protocol: get(inner, PROTOCOL), container: inner };
  } catch (error) {
    // Only a protocol that asks for a state machine needs one.
    if (error instanceof ConfigurationError && !inner.isBound(STATE_MACHINE) && error.message.includes(String(STATE_MACHINE)))
      throw missing(owner, 'state machine', STATE_MACHINE_EXAMPLE);
    throw error;
  }
};

const STATE_MACHINE_EXAMPLE = 'stateMachine(() => …) or state({ … })';

/** What this node plays of a protocol. */
export const rolesOn = ({ self, topology }: NodeIdentity, { roles }: Protocol): readonly RoleDefinition[] =>
  topology.nodes.includes(self) ? roles.filter(({ name }) => topology.plays(self, name)) : roles.filter(({ onClients }) => onClients);

/** A role is only a name until somebody plays it: a misspelt one would be placed, or decorated, and never missed. */
const checkRoles = (container: Container, topology: Topology, groups: readonly ResolvedGroup[]): void => {
  const named = ({ protocol }: ResolvedGroup): readonly string[] => protocol.roles.map(({ name }) => name);
  const all = [...new Set(groups.flatMap(named))];
  for (const node of topology.nodes)
    for (const role of topology.roles(node))
      if (role !== ALL_ROLES && !all.includes(role))
        throw new ConfigurationError(
          'UNKNOWN_ROLE',
          `the topology gives node ${node} the role ${JSON.stringify(role)}, which no group has; there are ${all.join(', ')}`,
        );
  const checkDecorated = (scope: Container, known: readonly string[], where: string): void => {
    for (const { role } of scope.isCurrentBound(ACTOR_DECORATOR) ? scope.getAll(ACTOR_DECORATOR) : [])
      if (role !== ALL_ROLES && !known.includes(role))
        throw new ConfigurationError(
          'UNKNOWN_ROLE',
          `decorate(${JSON.stringify(role)}, …) ${where}; the roles there are ${known.join(', ')}`,
        );
  };
  checkDecorated(container, all, 'names a role that no group has');
  for (const resolved of groups)
    checkDecorated(resolved.container, named(resolved), `names a role that group ${resolved.group.name} does not have`);
};

/** The decorators for one role, in the order in which they were given: those of the node, then those of the group. */
export const decoratorsOf = (container: Container, role: string): readonly ActorDecorator[] =>
  (container.isBound(ACTOR_DECORATOR) ? container.getAll<DecoratedRole>(ACTOR_DECORATOR, { chained: true }) : [])
    .filter((decorated) => decorated.role === role || decorated.role === ALL_ROLES)
    .map(({ decorator }) => decorator);

/** Throws `ConfigurationError` (`BAD_TRACING`). */
export const tracingOf = (container: Container): Tracing => {
  const level = get(container, TRACING);
  if (TRACING_LEVELS.includes(level)) return level;
  const allowed = TRACING_LEVELS.map((one) => JSON.stringify(one)).join(', ');
  throw new ConfigurationError('BAD_TRACING', `TRACING is bound to ${JSON.stringify(level)}; bind one of ${allowed}`);
};

export const optional = <T>(container: Container, token: ServiceIdentifier<T>): T | undefined => container.get(token, { optional: true });

/** Resolves a part. What a missing or ambiguous binding throws becomes a `ConfigurationError`. */
export const get = <T>(container: Container, token: ServiceIdentifier<T>): T => {
  try {
    return container.get(token);
  } catch (thrown) {
    const cause = errorFrom(thrown);
    if (cause instanceof SynodError) throw cause;
    throw new ConfigurationError('MISSING_PART', `a part of the deployment cannot be put together: ${cause.message}`, { cause });
  }
};

const missing = (owner: string, what: string, example: string): ConfigurationError =>
  new ConfigurationError('MISSING_PART', `${owner} has no ${what}: add a part such as ${example}`);

const one = (container: Container, token: ServiceIdentifier, owner: string, what: string, example: string): void => {
  if (!container.isBound(token)) throw missing(owner, what, example);
  try {
    if (container.getAll(token).length > 1)
      throw new ConfigurationError('OVERLAPPING_PARTS', `${owner} has more than one ${what}; leave all but one out`);
  } catch (thrown) {
    const cause = errorFrom(thrown);
    if (cause instanceof SynodError) throw cause;
    throw new ConfigurationError('MISSING_PART', `the ${what} of ${owner} cannot be put together: ${cause.message}`, { cause });
  }
};
