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
import { Acceptor } from './acceptor.js';
import { MultiPaxosClient } from './client.js';
import { Leader } from './leader.js';
import { Learner } from './learner.js';
import type { AcceptorMessage, LeaderMessage, LearnerMessage, ProposerMessage, Settled } from './messages.js';
import { type MultiPaxosOptions, type MultiPaxosSettings, withDefaults } from './options.js';
import { type Placement, placementOf } from './placement.js';
import { Proposer } from './proposer.js';
import { PIECE_BYTES } from './sizes.js';
import { acceptorWire, leaderWire, learnerWire, proposerWire } from './wire.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@synod/core/multi-paxos/${name}`) as ServiceIdentifier<T>;

const PROPOSER = token<Actor>('proposer');
const LEADER = token<Actor>('leader');
const ACCEPTOR = token<Actor>('acceptor');
const LEARNER = token<Actor>('learner');
/** The same object for every role of the node. */
const PLACEMENT = token<Placement>('placement');

/** What a message holds besides its last entry, batch or answer, at most: others, headers, names and counts. */
const ENVELOPE_BYTES = PIECE_BYTES + 64 * 1024;

/**
 * Multi-Paxos: a replicated log under one leader at a time, and a state machine that executes it. Roles: `proposer`, `leader`,
 * `acceptor`, `learner`. Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const multiPaxos = (settings: MultiPaxosSettings = {}): ProtocolPart<ReplicatesStateMachine> => {
  const options = withDefaults(settings);
  return new ProtocolPart(({ bind }) => {
    bind(PLACEMENT)
      .toResolvedValue(({ topology }) => placementOf(topology), [NODE_IDENTITY])
      .inSingletonScope();
    bind(PROPOSER).toResolvedValue(
      (placement, machine) =>
        actor<ProposerMessage>((context, effects) => new Proposer(context, effects, placement, options, joinOf(machine))),
      [PLACEMENT, STATE_MACHINE],
    );
    bind(LEADER).toResolvedValue(
      (placement) => actor<LeaderMessage>((context, effects) => new Leader(context, effects, placement, options)),
      [PLACEMENT],
    );
    bind(ACCEPTOR).toResolvedValue(
      (placement) => actor<AcceptorMessage>((context, effects) => new Acceptor(context, effects, placement, options)),
      [PLACEMENT],
    );
    bind(LEARNER).toResolvedValue(
      (placement, machine) =>
        actor<LearnerMessage>((context, effects) => new Learner(context, effects, placement, options, replicaOf(machine, options))),
      [PLACEMENT, STATE_MACHINE],
    );
    bind(PROTOCOL)
      .toResolvedValue((machine, limits) => protocol(options, machine, limits.maxFrameBytes), [STATE_MACHINE, LIMITS])
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

const protocol = (options: MultiPaxosOptions, machine: StateMachine, maxFrameBytes: number): Protocol => {
  const largest = Math.max(options.commandBytes + options.batchBytes, options.resultBytes) + ENVELOPE_BYTES;
  if (largest > maxFrameBytes)
    throw new ConfigurationError(
      'BAD_OPTION',
      `multiPaxos: commandBytes ${options.commandBytes}, batchBytes ${options.batchBytes} and resultBytes ${options.resultBytes} make messages of up to ${largest} bytes, but the transport carries ${maxFrameBytes}; lower them, or give the transport a larger maxFrameBytes`,
    );
  return {
    name: 'multi-paxos/1',
    entry: 'proposer',
    roles: [
      { name: 'proposer', messages: proposerWire, onClients: true, actor: PROPOSER },
      { name: 'leader', messages: leaderWire, onClients: false, actor: LEADER },
      { name: 'acceptor', messages: acceptorWire, onClients: false, actor: ACCEPTOR },
      { name: 'learner', messages: learnerWire, onClients: false, actor: LEARNER },
    ],
    validate,
    fingerprint: (topology) => {
      const { quorum } = placementOf(topology);
      const { sessions, resultBytes } = options;
      return `${quorum.fingerprint} ${JSON.stringify([sessions.sessions, sessions.bytes, sessions.outstanding, resultBytes])}`;
    },
    client: (port) => client(port, options, machine),
    status,
  };
};

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
