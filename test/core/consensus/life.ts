import type { Actor, Address, AddressBook, Envelope, Message, Random, Role, StateMachine, Topology, TraceEvent } from '@synod/core';
import { msgpack, react, silentLogger } from '@synod/core';
import type { SchedulerLike } from 'rxjs';
import type { Notice } from '../../../packages/core/src/actor/effect.js';
import { ActorSystem } from '../../../packages/core/src/actor/system.js';
import { Tracer } from '../../../packages/core/src/actor/tracer.js';
import { MultiPaxosClient } from '../../../packages/core/src/consensus/multi-paxos/client.js';
import type { LogProtocol } from '../../../packages/core/src/consensus/multi-paxos/log-protocol.js';
import type { ProposerMessage, Settled } from '../../../packages/core/src/consensus/multi-paxos/messages.js';
import type { MultiPaxosOptions } from '../../../packages/core/src/consensus/multi-paxos/options.js';
import { placed } from '../../../packages/core/src/consensus/multi-paxos/placement.js';
import { multiPaxosLog } from '../../../packages/core/src/consensus/multi-paxos/protocol.js';
import { encodeCommands } from '../../../packages/core/src/replication/batch.js';
import { Replica } from '../../../packages/core/src/replication/replica.js';
import type { Disk } from './disk.js';
import { Listing } from './listing.js';

const GROUP = 'log';
const ROLES = ['proposer', 'leader', 'acceptor', 'learner'] as const;
export type RoleName = (typeof ROLES)[number];
const CODECS = { command: msgpack(), result: msgpack(), query: msgpack(), answer: msgpack() };

export const addressIn = (book: AddressBook, node: string, role: RoleName | 'client'): Address => book.of(node, GROUP, role);

/** What a life of a node touches. */
export interface World {
  readonly addresses: AddressBook;
  readonly scheduler: SchedulerLike;
  readonly disk: Disk;
  readonly random: Random;
  say(envelope: Envelope): void;
  notice(notice: Notice): void;
  /** Throws if what happened must not. */
  watch(event: TraceEvent): void;
}

/** One life of a node: the real roles on a real actor system, from what its disk holds to its crash. */
export class Life {
  readonly system: ActorSystem;
  readonly machine = new Listing();
  readonly client: MultiPaxosClient;
  readonly failures: Error[] = [];

  constructor(
    readonly node: string,
    topology: Topology,
    options: MultiPaxosOptions,
    { addresses, scheduler, disk, random, say, notice, watch }: World,
    protocol: LogProtocol = multiPaxosLog,
  ) {
    const now = (): number => scheduler.now();
    const tracer = new Tracer(node, 'rules', now);
    this.system = new ActorSystem(
      {
        node,
        generation: disk.generation,
        addresses,
        scheduler,
        journal: disk,
        position: disk.position,
        outbox: { push: say, flush: () => {} },
        random,
        logger: silentLogger,
        wallClock: now,
        tracer,
      },
      (error) => this.failures.push(error),
    );
    const [client, proposer] = [addressIn(addresses, node, 'client'), addressIn(addresses, node, 'proposer')];
    const send = (message: ProposerMessage): void => {
      this.system.deliver({ from: client, to: proposer, message });
    };
    const soon = (work: () => void): unknown => scheduler.schedule(work, 0);
    this.client = new MultiPaxosClient({ send, now, soon }, CODECS, () => {}, 1 << 20);
    this.system.deadLetters$.subscribe(({ to, message }) => {
      if (to === client) this.client.settled(message as Settled);
    });
    this.system.notices$.subscribe((noticed) => notice(noticed.notice));
    tracer.events$.subscribe((event) => {
      try {
        watch(event);
      } catch (error) {
        this.failures.push(error as Error);
        this.system.halt();
      }
    });
    const actors = this.#actors(topology, options, protocol);
    for (const role of ROLES)
      if (topology.plays(node, role)) this.system.add(addressIn(addresses, node, role), actors[role], disk.recovered(`${GROUP}/${role}`));
  }

  #actors(topology: Topology, options: MultiPaxosOptions, protocol: LogProtocol): Record<RoleName, Actor> {
    const placement = placed(topology, protocol.quorumsOf);
    const replica = new Replica(this.machine as StateMachine, CODECS, options.sessions);
    const given = { proposer: [encodeCommands], leader: [], acceptor: [], learner: [replica] } as const;
    const actor = (role: RoleName): Actor =>
      react<Message>((context, effects) => (protocol[role] as AnyRole)(context, effects, placement, options, ...given[role])) as Actor;
    return { proposer: actor('proposer'), leader: actor('leader'), acceptor: actor('acceptor'), learner: actor('learner') };
  }
}

type AnyRole = (...given: readonly unknown[]) => Role<Message>;
