import type { ContainerModule } from 'inversify';
import { ConfigurationError } from '../errors.js';
import type { Topology } from '../wiring/topology.js';
import { ComposedNode } from './composed-node.js';
import type { Node } from './node.js';
import { containerOf, groupsOf } from './parts.js';

export interface NodeOptions {
  /** This node's id. Listed in `cluster`, it plays the roles given there; not listed, it joins as a client. */
  readonly self: string;
  /** The nodes of the deployment and their roles: the same everywhere. */
  readonly cluster: Topology;
  /** The name of the deployment, `synod` unless said. Frames and data of another are refused. */
  readonly name?: string;
}

/**
 * Composes a node of its parts: exactly one transport, exactly one storage (a client may do without), any number of groups.
 * Throws `ConfigurationError` if they do not fit; nothing is opened before `start$` is subscribed to.
 */
export const createNode = ({ self, cluster, name = 'synod' }: NodeOptions, ...parts: ContainerModule[]): Node => {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(self))
    throw new ConfigurationError('BAD_NODE_ID', `node id ${JSON.stringify(self)}: allowed are 1 to 64 letters, digits, "-" and "_"`);
  const identity = { self, topology: cluster, cluster: name };
  const container = containerOf(identity, parts);
  return new ComposedNode(identity, container, groupsOf(container, identity));
};
