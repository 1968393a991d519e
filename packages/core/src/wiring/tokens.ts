import type { ServiceIdentifier } from 'inversify';
import type { SchedulerLike } from 'rxjs';
import type { Logger } from '../actor/logger.js';
import type { Random } from '../actor/random.js';
import type { Tracing } from '../actor/tracer.js';
import type { StateMachine } from '../replication/state-machine.js';
import type { Storage } from '../storage/storage.js';
import type { Transport, TransportCapabilities } from '../transport/transport.js';
import type { Topology } from './topology.js';

/** Who this node is and among whom. Bound by `createNode` before any part is resolved. */
export interface NodeIdentity {
  readonly self: string;
  /** The name of the deployment. Frames and data of another are refused. */
  readonly cluster: string;
  readonly topology: Topology;
}

/** This machine's idea of the time of day. */
export interface WallClock {
  /** ms since the epoch; may jump. */
  now(): number;
}

/** What happens on a running node, counted. */
export interface Metrics {
  count(name: string, by?: number): void;
}

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@synod/core/${name}`) as ServiceIdentifier<T>;

export const NODE_IDENTITY = token<NodeIdentity>('node-identity');
export const TRANSPORT = token<Transport>('transport');
export const STORAGE = token<Storage>('storage');
export const STATE_MACHINE = token<StateMachine>('state-machine');
/** `now()` is monotonic; `schedule(work, 0)` runs in a microtask, a positive delay is in ms, and one of 1 at most only lets the event loop have its turn. Virtual in a simulation. */
export const SCHEDULER = token<SchedulerLike>('scheduler');
export const WALL_CLOCK = token<WallClock>('wall-clock');
export const RANDOM = token<Random>('random');
/** What the transport carries; bound by `createNode`. */
export const LIMITS = token<TransportCapabilities>('limits');
export const LOGGER = token<Logger>('logger');
/** How much of what happens `node.trace$` tells; `off` unless bound. */
export const TRACING = token<Tracing>('tracing');
export const METRICS = token<Metrics>('metrics');
