/** Where a message goes: one role of one group on one node. Interned: one object per address of an `AddressBook`. */
export interface Address {
  readonly node: string;
  readonly group: string;
  readonly role: string;
}

/** Interns addresses, so that dispatch compares objects and a hot path never builds a key. */
export class AddressBook {
  readonly #groups = new Map<string, Map<string, Map<string, Address>>>();

  of(node: string, group: string, role: string): Address {
    let roles = this.#groups.get(group);
    if (roles === undefined) this.#groups.set(group, (roles = new Map()));
    let nodes = roles.get(role);
    if (nodes === undefined) roles.set(role, (nodes = new Map()));
    let address = nodes.get(node);
    if (address === undefined) {
      // Clients come and go under ever new names; whoever holds an address keeps it, so forgetting one is harmless.
      if (nodes.size >= MOST_NODES) for (const key of nodes.keys()) if (!this.#kept.has(key)) nodes.delete(key);
      nodes.set(node, (address = Object.freeze({ node, group, role })));
    }
    return address;
  }

  readonly #kept: ReadonlySet<string>;

  /** `kept`: the nodes of the topology, whose addresses are never forgotten. */
  constructor(kept: Iterable<string> = []) {
    this.#kept = new Set(kept);
  }
}

const MOST_NODES = 10_000;

export const formatAddress = ({ node, group, role }: Address): string => `${node}/${group}/${role}`;
