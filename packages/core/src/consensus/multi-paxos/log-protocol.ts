import type { ServiceIdentifier } from 'inversify';
import type { Actor, ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { Message } from '../../actor/envelope.js';
import { type Role, react } from '../../actor/react.js';
import { ConfigurationError } from '../../errors.js';
import { batchOf, msgpack } from '../../replication/codec.js';
import { Replica } from '../../replication/replica.js';
import type { StateMachine, StateMachineCodecs } from '../../replication/state-machine.js';
import type { MessageCodec } from '../../transport/message-codec.js';
import { ProtocolPart, type ReplicatesStateMachine } from '../../wiring/group.js';
import { type ClientPort, type Gauges, PROTOCOL, type Protocol } from '../../wiring/protocol.js';
import { LIMITS, NODE_IDENTITY, STATE_MACHINE } from '../../wiring/tokens.js';
import type { Topology } from '../../wiring/topology.js';
import type { QuorumSystem, Quorums } from '../quorum.js';
import { QUORUMS } from '../quorums/part.js';
import { MultiPaxosClient } from './client.js';
import type { Settled } from './messages.js';
import { fitted, type MultiPaxosOptions, type MultiPaxosSettings, withDefaults } from './options.js';
import { type Placement, placed } from './placement.js';

/** What makes a role. `Effects` may carry whatever the protocol's roles say to each other. */
export type RoleOf<Given extends readonly unknown[] = []> = (
  context: ActorContext,
  effects: Effects,
  placement: Placement,
  options: MultiPaxosOptions,
  ...given: Given
) => Role<never>;

/** A protocol that replicates a log: its four roles, and what they take from other nodes. */
export interface LogProtocol {
  /** Name and version. */
  readonly name: string;
  readonly proposer: RoleOf<[join: (commands: readonly Uint8Array[]) => Uint8Array]>;
  readonly leader: RoleOf;
  readonly acceptor: RoleOf;
  readonly learner: RoleOf<[replica: Replica]>;
  readonly wire: Readonly<Record<'proposer' | 'leader' | 'acceptor' | 'learner', Readonly<Record<string, MessageCodec>>>>;
  /**
   * The quorums of these acceptors; `rule` if the group was given one. Acceptors keep the fingerprint with their votes, and start with no
   * other: it names the protocol, unless Multi-Paxos may go on from its votes. Throws `ConfigurationError` (`BAD_QUORUMS`).
   */
  quorumsOf(acceptors: readonly string[], rule?: Quorums): QuorumSystem;
  /** What besides the options of the log all nodes must agree on. */
  readonly fingerprint?: string;
}

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@synod/core/log/${name}`) as ServiceIdentifier<T>;

const PROPOSER = token<Actor>('proposer');
const LEADER = token<Actor>('leader');
const ACCEPTOR = token<Actor>('acceptor');
const LEARNER = token<Actor>('learner');

/**
 * A replicated log under `protocol`, and a state machine that executes it: sessions, snapshots, reads and the client are the same
 * whatever has the entries voted for. Roles: `proposer`, `leader`, `acceptor`, `learner`. Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const replicatedLog = (protocol: LogProtocol, settings: MultiPaxosSettings = {}): ProtocolPart<ReplicatesStateMachine> => {
  const options = withDefaults(settings);
  // Of this part alone: two of them in a group are to be told as two protocols. The same objects for every role of the node.
  const OPTIONS = Symbol('options') as ServiceIdentifier<MultiPaxosOptions>;
  const PLACEMENT = Symbol('placement') as ServiceIdentifier<Placement>;
  return new ProtocolPart(({ bind }) => {
    bind(PLACEMENT)
      .toDynamicValue((context) => {
        const rule = context.get(QUORUMS, { optional: true });
        return placed(context.get(NODE_IDENTITY).topology, (acceptors) => protocol.quorumsOf(acceptors, rule));
      })
      .inSingletonScope();
    bind(OPTIONS)
      .toResolvedValue(({ maxFrameBytes }) => fitted(options, settings, maxFrameBytes), [LIMITS])
      .inSingletonScope();
    bind(PROPOSER).toResolvedValue(
      (placement, options, machine) =>
        actor((context, effects) => protocol.proposer(context, effects, placement, options, batchOf(codecsOf(machine).command).join)),
      [PLACEMENT, OPTIONS, STATE_MACHINE],
    );
    bind(LEADER).toResolvedValue(
      (placement, options) => actor((context, effects) => protocol.leader(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(ACCEPTOR).toResolvedValue(
      (placement, options) => actor((context, effects) => protocol.acceptor(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(LEARNER).toResolvedValue(
      (placement, options, machine) =>
        actor((context, effects) => protocol.learner(context, effects, placement, options, replicaOf(machine, options))),
      [PLACEMENT, OPTIONS, STATE_MACHINE],
    );
    bind(PROTOCOL)
      .toResolvedValue((options, placement, machine) => wired(protocol, options, placement, machine), [OPTIONS, PLACEMENT, STATE_MACHINE])
      .inSingletonScope();
  });
};

/** The container keeps all actors under one type; what each takes is said by its messages. */
const actor = (create: (context: ActorContext, effects: Effects) => Role<never>): Actor => react<Message>(create as never);

const replicaOf = (machine: StateMachine, { sessions, resultBytes }: MultiPaxosOptions): Replica => {
  const codecs = codecsOf(machine);
  return new Replica(machine, codecs, sessions, resultBytes, { commands: batchOf(codecs.command), results: batchOf(codecs.result) });
};

const codecsOf = ({ codecs }: StateMachine): StateMachineCodecs => {
  const { command = msgpack(), result = msgpack(), query = msgpack(), answer = msgpack() } = codecs ?? {};
  return { command, result, query, answer };
};

const wired = (
  { name, wire, fingerprint = '' }: LogProtocol,
  options: MultiPaxosOptions,
  { quorum }: Placement,
  machine: StateMachine,
): Protocol => ({
  name,
  entry: 'proposer',
  roles: [
    { name: 'proposer', messages: wire.proposer, onClients: true, actor: PROPOSER },
    { name: 'leader', messages: wire.leader, onClients: false, actor: LEADER },
    { name: 'acceptor', messages: wire.acceptor, onClients: false, actor: ACCEPTOR },
    { name: 'learner', messages: wire.learner, onClients: false, actor: LEARNER },
  ],
  validate: (topology) => validate(name, topology),
  fingerprint: () => {
    const { sessions, resultBytes } = options;
    return `${quorum.fingerprint} ${fingerprint}${JSON.stringify([sessions.sessions, sessions.bytes, sessions.outstanding, resultBytes])}`;
  },
  client: (port) => client(port, options, machine),
  status,
});

const validate = (protocol: string, topology: Topology): void => {
  for (const name of ['leader', 'acceptor', 'learner'])
    if (topology.playing(name).length === 0)
      throw new ConfigurationError('MISSING_ROLE', `no node of the topology plays the role ${name}, and ${protocol} needs one at least`);
};

const client = (port: ClientPort, { commandBytes }: MultiPaxosOptions, machine: StateMachine): MultiPaxosClient => {
  const codecs = codecsOf(machine);
  const check = (command: unknown): void => machine.validate?.(command);
  const replicated = new MultiPaxosClient(port, codecs, check, commandBytes, batchOf(codecs.result));
  port.replies$.subscribe({
    next: (message) => replicated.settled(message as Settled),
    complete: () => replicated.stop(),
  });
  return replicated;
};

const status = ({ leader = {}, learner = {}, acceptor = {}, proposer = {} }: Gauges): Readonly<Record<string, unknown>> => ({
  ...acceptor,
  ...learner,
  ...proposer,
  ...leader,
  leader: leader.leader ?? proposer.leader,
  chosen: highest(leader.chosen, learner.chosen, acceptor.chosen),
});

/** Each role hears of the commit index by a way of its own; all that any of them heard is true. */
const highest = (...known: readonly unknown[]): number | undefined => {
  const numbers = known.filter((value) => typeof value === 'number');
  return numbers.length > 0 ? Math.max(...numbers) : undefined;
};
