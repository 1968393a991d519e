import { ConfigurationError } from '../errors.js';

/** Which node plays which roles. A node that is not listed may join as a client. */
export interface Topology {
  /** All listed nodes, in the order given. */
  readonly nodes: readonly string[];
  /** The roles that `node` was given, as they were named; `*` is every role. */
  roles(node: string): readonly string[];
  /** The nodes that play `role`. */
  playing(role: string): readonly string[];
  plays(node: string, role: string): boolean;
}

/** Every role that a protocol has. */
export const ALL_ROLES = '*';

const checked = (nodes: readonly string[]): void => {
  if (nodes.length === 0) throw new ConfigurationError('EMPTY_TOPOLOGY', 'the topology lists no node; name at least one');
  for (const node of nodes)
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(node))
      throw new ConfigurationError('BAD_NODE_ID', `node id ${JSON.stringify(node)}: allowed are 1 to 64 letters, digits, "-" and "_"`);
  const twice = nodes.find((node, i) => nodes.indexOf(node) !== i);
  if (twice !== undefined) throw new ConfigurationError('DUPLICATE_NODE', `node id ${JSON.stringify(twice)} stands twice in the topology`);
};

const make = (roles: ReadonlyMap<string, readonly string[]>): Topology => {
  const nodes = [...roles.keys()];
  const plays = (node: string, role: string): boolean => {
    const listed = roles.get(node);
    return listed !== undefined && (listed.includes(ALL_ROLES) || listed.includes(role));
  };
  return { nodes, plays, roles: (node) => roles.get(node) ?? [], playing: (role) => nodes.filter((node) => plays(node, role)) };
};

/** Every node plays every role. */
export const colocated = (nodes: readonly string[]): Topology => {
  checked(nodes);
  return make(new Map(nodes.map((node) => [node, [ALL_ROLES]])));
};

/** Roles placed freely: node id to the names of its roles. */
export const topology = (roles: Readonly<Record<string, readonly string[]>>): Topology => {
  checked(Object.keys(roles));
  for (const [node, names] of Object.entries(roles))
    if (names.length === 0)
      throw new ConfigurationError('NO_ROLES', `node ${JSON.stringify(node)} has no role; list some, or leave it out`);
  return make(new Map(Object.entries(roles)));
};
