import type { TransportName } from '../config.js';

/** Ports of 127.0.0.1, for a, b and c each. */
export interface Ports {
  /** Of Redis clients; none are served unless said. */
  readonly redis?: readonly number[];
  /** Of each other, and of client nodes, over ZeroMQ; over NATS nobody listens. */
  readonly peers: readonly number[];
  readonly clients?: readonly number[];
}

/** Three nodes on this machine, as a configuration has them. */
export const threeNodes = (transport: TransportName, { redis, peers, clients }: Ports): readonly object[] =>
  ['a', 'b', 'c'].map((id, i) => ({
    id,
    ...(redis !== undefined && { redis: `127.0.0.1:${redis[i]}` }),
    ...(transport === 'zmq' && { address: `tcp://127.0.0.1:${peers[i]}` }),
    ...(transport === 'zmq' && clients !== undefined && { client: `tcp://127.0.0.1:${clients[i]}` }),
  }));
