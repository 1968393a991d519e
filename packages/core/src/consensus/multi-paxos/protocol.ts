import type { ServiceIdentifier } from 'inversify';
import type { Actor, ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { Message } from '../../actor/envelope.js';
import { type Role, react } from '../../actor/react.js';
import { ConfigurationError } from '../../errors.js';
import { type BatchCodec, batchOf, msgpack } from '../../replication/codec.js';
import { Replica } from '../../replication/replica.js';
import type { StateMachine, StateMachineCodecs } from '../../replication/state-machine.js';
import { ProtocolPart, type ReplicatesStateMachine } from '../../wiring/group.js';
import { type ClientPort, type Gauges, PROTOCOL, type Protocol } from '../../wiring/protocol.js';
import { LIMITS, NODE_IDENTITY, STATE_MACHINE } from '../../wiring/tokens.js';
import type { Topology } from '../../wiring/topology.js';
import { QUORUMS } from '../quorums/part.js';
import { Acceptor } from './acceptor.js';
import { MultiPaxosClient } from './client.js';
import { Leader } from './leader.js';
import { Learner } from './learner.js';
import type { AcceptorMessage, LeaderMessage, LearnerMessage, ProposerMessage, Settled } from './messages.js';
import { fitted, type MultiPaxosOptions, type MultiPaxosSettings, withDefaults } from './options.js';
import { type Placement, placementOf } from './placement.js';
import { Proposer } from './proposer.js';
import { acceptorWire, leaderWire, learnerWire, proposerWire } from './wire.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@synod/core/multi-paxos/${name}`) as ServiceIdentifier<T>;

const PROPOSER = token<Actor>('proposer');
const LEADER = token<Actor>('leader');
const ACCEPTOR = token<Actor>('acceptor');
const LEARNER = token<Actor>('learner');

/**
 * Multi-Paxos: a replicated log under one leader at a time, and a state machine that executes it. Roles: `proposer`, `leader`,
 * `acceptor`, `learner`. Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const multiPaxos = (settings: MultiPaxosSettings = {}): ProtocolPart<ReplicatesStateMachine> => {
  const options = withDefaults(settings);
  // Of this part alone: two of them in a group are to be told as two protocols. The same objects for every role of the node.
  const OPTIONS = Symbol('options') as ServiceIdentifier<MultiPaxosOptions>;
  const PLACEMENT = Symbol('placement') as ServiceIdentifier<Placement>;
  return new ProtocolPart(({ bind }) => {
    bind(PLACEMENT)
      .toDynamicValue((context) => placementOf(context.get(NODE_IDENTITY).topology, context.get(QUORUMS, { optional: true })))
      .inSingletonScope();
    bind(OPTIONS)
      .toResolvedValue(({ maxFrameBytes }) => fitted(options, settings, maxFrameBytes), [LIMITS])
      .inSingletonScope();
    bind(PROPOSER).toResolvedValue(
      (placement, options, machine) =>
        actor<ProposerMessage>((context, effects) => new Proposer(context, effects, placement, options, joinOf(machine))),
      [PLACEMENT, OPTIONS, STATE_MACHINE],
    );
    bind(LEADER).toResolvedValue(
      (placement, options) => actor<LeaderMessage>((context, effects) => new Leader(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(ACCEPTOR).toResolvedValue(
      (placement, options) => actor<AcceptorMessage>((context, effects) => new Acceptor(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(LEARNER).toResolvedValue(
      (placement, options, machine) =>
        actor<LearnerMessage>((context, effects) => new Learner(context, effects, placement, options, replicaOf(machine, options))),
      [PLACEMENT, OPTIONS, STATE_MACHINE],
    );
    bind(PROTOCOL)
      .toResolvedValue((options, placement, machine) => protocol(options, placement, machine), [OPTIONS, PLACEMENT, STATE_MACHINE])
      .inSingletonScope();
  });
};

/** The container keeps all actors under one type; what each takes is said by its messages. */
const actor = <In extends Message>(create: (context: ActorContext, effects: Effects) => Role<In>): Actor => react<In>(create) as Actor;

const joinOf = (machine: StateMachine): BatchCodec<unknown>['join'] => batchOf(codecsOf(machine).command).join;

const replicaOf = (machine: StateMachine, { sessions, resultBytes }: MultiPaxosOptions): Replica => {
  const codecs = codecsOf(machine);
  return new Replica(machine, codecs, sessions, resultBytes, { commands: batchOf(codecs.command), results: batchOf(codecs.result) });
};

const codecsOf = ({ codecs }: StateMachine): StateMachineCodecs => {
  const { command = msgpack(), result = msgpack(), query = msgpack(), answer = msgpack() } = codecs ?? {};
  return { command, result, query, answer };
};

const protocol = (options: MultiPaxosOptions, { quorum }: Placement, machine: StateMachine): Protocol => ({
  name: 'multi-paxos/1',
  entry: 'proposer',
  roles: [
    { name: 'proposer', messages: proposerWire, onClients: true, actor: PROPOSER },
    { name: 'leader', messages: leaderWire, onClients: false, actor: LEADER },
    { name: 'acceptor', messages: acceptorWire, onClients: false, actor: ACCEPTOR },
    { name: 'learner', messages: learnerWire, onClients: false, actor: LEARNER },
  ],
  validate,
  fingerprint: () => {
    const { sessions, resultBytes } = options;
    return `${quorum.fingerprint} ${JSON.stringify([sessions.sessions, sessions.bytes, sessions.outstanding, resultBytes])}`;
  },
  client: (port) => client(port, options, machine),
  status,
});

const validate = (topology: Topology): void => {
  for (const name of ['leader', 'acceptor', 'learner'])
    if (topology.playing(name).length === 0)
      throw new ConfigurationError('MISSING_ROLE', `no node of the topology plays the role ${name}, and Multi-Paxos needs one at least`);
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
