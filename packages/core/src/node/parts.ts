import { Container, type ContainerModule, type ServiceIdentifier } from 'inversify';
import type { ActorDecorator } from '../actor/actor.js';
import { type Logger, silentLogger } from '../actor/logger.js';
import { type Random, systemRandom } from '../actor/random.js';
import { ConfigurationError, errorFrom, SynodError } from '../errors.js';
import type { Transport } from '../transport/transport.js';
import { ACTOR_DECORATOR, type DecoratedRole } from '../wiring/decorate.js';
import { GROUP, type Group } from '../wiring/group.js';
import { PROTOCOL, type Protocol } from '../wiring/protocol.js';
import {
  LIMITS,
  LOGGER,
  NODE_IDENTITY,
  type NodeIdentity,
  RANDOM,
  SCHEDULER,
  STORAGE,
  TRACING,
  TRANSPORT,
  WALL_CLOCK,
} from '../wiring/tokens.js';
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
  bind(TRACING, false);
};

/** Loads the parts of a deployment. Throws `ConfigurationError`, saying which part is missing or which two overlap. */
export const containerOf = (identity: NodeIdentity, parts: readonly ContainerModule[]): Container => {
  const container = new Container();
  container.bind(NODE_IDENTITY).toConstantValue(identity);
  container.load(...parts);
  defaults(container);
  one(container, TRANSPORT, 'transport', 'zmqTransport({ … }) or memoryTransport(network)');
  // A client keeps nothing that must survive.
  if (!identity.topology.nodes.includes(identity.self) && !container.isBound(STORAGE)) container.load(memoryStorage());
  one(container, STORAGE, 'storage', 'fileStorage({ … }) or memoryStorage()');
  const transport = get<Transport>(container, TRANSPORT);
  container.bind(LIMITS).toConstantValue(transport.capabilities);
  return container;
};

export const groupsOf = (container: Container, { topology }: NodeIdentity): readonly ResolvedGroup[] => {
  const groups = container.isBound(GROUP) ? container.getAll(GROUP) : [];
  if (groups.length === 0)
    throw new ConfigurationError('MISSING_PART', 'the node has no group: add group(name, multiPaxos(), stateMachine)');
  return groups.map((group, i) => {
    if (groups.findIndex(({ name }) => name === group.name) !== i)
      throw new ConfigurationError('OVERLAPPING_PARTS', `two groups are named ${JSON.stringify(group.name)}; give each its own name`);
    const inner = new Container({ parent: container });
    inner.load(...group.parts);
    one(inner, PROTOCOL, `protocol of group ${group.name}`, 'multiPaxos()');
    const protocol = get(inner, PROTOCOL);
    protocol.validate(topology);
    return { group, protocol, container: inner };
  });
};

/** The decorators for one role, in the order in which they were given: those of the node, then those of the group. */
export const decoratorsOf = (container: Container, role: string): readonly ActorDecorator[] =>
  (container.isBound(ACTOR_DECORATOR) ? container.getAll<DecoratedRole>(ACTOR_DECORATOR, { chained: true }) : [])
    .filter((decorated) => decorated.role === role)
    .map(({ decorator }) => decorator);

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

const one = (container: Container, token: ServiceIdentifier, what: string, example: string): void => {
  if (!container.isBound(token)) throw new ConfigurationError('MISSING_PART', `the node has no ${what}: add a part such as ${example}`);
  try {
    if (container.getAll(token).length > 1)
      throw new ConfigurationError('OVERLAPPING_PARTS', `the node has more than one ${what}; leave all but one out`);
  } catch (thrown) {
    const cause = errorFrom(thrown);
    if (cause instanceof SynodError) throw cause;
    throw new ConfigurationError('MISSING_PART', `the ${what} cannot be put together: ${cause.message}`, { cause });
  }
};
