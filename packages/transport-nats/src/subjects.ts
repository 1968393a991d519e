import { ConfigurationError, type NodeIdentity } from '@synod/core';

const NODE_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** The server takes control lines of 4 KiB. */
const MOST_CLUSTER_BYTES = 512;

/** A name as one token of a subject: no two names become the same. */
const token = (name: string): string => encodeURIComponent(name).replace(/[.*]/g, (found) => (found === '.' ? '%2E' : '%2A'));

/** One subject a node, `synod.<cluster>.<node>`, and beside it one that asks whether the node is here. */
export class Subjects {
  /** Frames for this node. */
  readonly own: string;
  /** Where a node that starts asks whether somebody bears its id already. */
  readonly here: string;
  readonly #prefix: string;
  readonly #self: string;
  /** Those of the topology, so that they need not be built for each frame. */
  readonly #listed: ReadonlyMap<string, string>;

  /** Throws `ConfigurationError` if the cluster's name cannot be part of a subject. */
  constructor({ self, cluster, topology }: NodeIdentity) {
    const name = typeof cluster === 'string' && !/\p{Surrogate}/u.test(cluster) ? token(cluster) : '';
    if (name === '' || name.length > MOST_CLUSTER_BYTES)
      throw new ConfigurationError(
        'BAD_CLUSTER_NAME',
        `natsTransport: the cluster’s name is ${JSON.stringify(cluster)}; allowed: 1 to ${MOST_CLUSTER_BYTES} bytes, as it is part of every subject`,
      );
    this.#prefix = `synod.${name}.`;
    this.#self = self;
    this.own = this.#prefix + self;
    this.here = `${this.own}.here`;
    this.#listed = new Map(topology.nodes.map((node) => [node, this.#prefix + node]));
  }

  /** Where another node receives; undefined for this one, and for what is no node id. */
  of(node: string): string | undefined {
    if (node === this.#self) return undefined;
    return this.#listed.get(node) ?? (NODE_ID.test(node) ? this.#prefix + node : undefined);
  }
}
