import { type SchedulerLike, Subject } from 'rxjs';
import type { Address, AddressBook } from '../actor/address.js';
import type { Envelope, Message } from '../actor/envelope.js';
import type { ActorSystem } from '../actor/system.js';
import { ConfigurationError, OverloadedError, RefusedError } from '../errors.js';
import type { Group } from '../wiring/group.js';
import type { NodeIdentity } from '../wiring/tokens.js';
import { type ResolvedGroup, rolesOn } from './parts.js';

/** The role under which a group's client on this node is addressed. */
const CLIENT = 'client';

/** What `node.of(group)` finds: the client of each group, and its way to the actors of this node and back. */
export class Clients {
  readonly #clients = new Map<Group<unknown>, unknown>();
  /** What roles tell the clients of this node, by the client's address. */
  readonly #replies = new Map<Address, Subject<Message>>();

  /** `running` throws `StoppedError` if the node does not run. */
  constructor(
    private readonly identity: NodeIdentity,
    groups: readonly ResolvedGroup[],
    private readonly addresses: AddressBook,
    private readonly scheduler: SchedulerLike,
    private readonly running: () => ActorSystem,
  ) {
    for (const resolved of groups) this.#clients.set(resolved.group, this.#client(resolved));
  }

  /** Throws `ConfigurationError` (`UNKNOWN_GROUP`). */
  of<Client>(group: Group<Client>): Client {
    const client = this.#clients.get(group as Group<unknown>);
    if (client === undefined)
      throw new ConfigurationError(
        'UNKNOWN_GROUP',
        `group ${JSON.stringify(group.name)} is not a part of node ${this.identity.self}; hand it to startNode`,
      );
    return client as Client;
  }

  /** Whether a client of this node has this address. */
  has(address: Address): boolean {
    return this.#replies.has(address);
  }

  take({ to, message }: Envelope): void {
    this.#replies.get(to)?.next(message);
  }

  /** The node has stopped or failed: nobody answers any more. */
  end(): void {
    for (const replies$ of this.#replies.values()) replies$.complete();
  }

  #client({ group, protocol }: ResolvedGroup): unknown {
    const { self, topology } = this.identity;
    const { entry } = protocol;
    const from = this.addresses.of(self, group.name, CLIENT);
    const to = this.addresses.of(self, group.name, entry);
    const hasEntry = rolesOn(this.identity, protocol).some(({ name }) => name === entry);
    const onClients = protocol.roles.some(({ name, onClients }) => name === entry && onClients);
    const instead = [...topology.playing(entry), ...(onClients ? ['a node outside the topology'] : [])].join(', ');
    const replies$ = new Subject<Message>();
    this.#replies.set(from, replies$);
    return protocol.client({
      replies$,
      now: () => this.scheduler.now(),
      soon: (work) => {
        this.running();
        this.scheduler.schedule(work, 0);
      },
      send: (message) => {
        const system = this.running();
        if (!hasEntry)
          throw new RefusedError(
            'NO_ENTRY_ROLE',
            `node ${self} does not play ${entry}, which takes what clients of group ${group.name} want; ask through ${instead}. Nothing was sent`,
          );
        if (!system.deliver({ from, to, message })) throw new OverloadedError(`the queue of node ${self} is full`);
      },
    });
  }
}
