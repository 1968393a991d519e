import {
  type Actor,
  type ActorContext,
  type Codec,
  type Effects,
  type Gauges,
  LIMITS,
  type Message,
  NODE_IDENTITY,
  PROTOCOL,
  type Protocol,
  ProtocolPart,
  type Role,
  react,
  type SynodClient,
} from '@synod/core';
import { admitted, QUORUMS } from '@synod/core/consensus';
import { checkedCodec, decreeClient, fitted } from '@synod/core/synod';
import type { ServiceIdentifier } from 'inversify';
import { crashesTolerated } from '../quorums.js';
import { Acceptor } from './acceptor.js';
import { Coordinator } from './coordinator.js';
import { Learner } from './learner.js';
import type { AcceptorMessage, CoordinatorMessage, LearnerMessage, ProposerMessage } from './messages.js';
import { check, type FastSynodOptions, type FastSynodSettings, withDefaults } from './options.js';
import { checkRoles, NAME, type Placement, placementOf } from './placement.js';
import { Proposer } from './proposer.js';
import { acceptorWire, coordinatorWire, learnerWire, proposerWire } from './wire.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@synod/fast-paxos/synod/${name}`) as ServiceIdentifier<T>;

const COORDINATOR = token<Actor>('coordinator');
const ACCEPTOR = token<Actor>('acceptor');
const LEARNER = token<Actor>('learner');
const PROPOSER = token<Actor>('proposer');

/**
 * Single-decree Fast Paxos: a group that decides one value, once and for good, in two message delays where nobody else proposes another at
 * the same time. (Lamport, Fast Paxos §2) Roles: `coordinator`, `acceptor`, `learner`, and `proposer`, which takes a `learner` on its node.
 * Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const fastSynod = <Value>(settings: FastSynodSettings<Value> = {}): ProtocolPart<SynodClient<Value>> => {
  const options = withDefaults(settings as FastSynodSettings<never>);
  const codec = checkedCodec(settings.codec, check);
  // Of this part alone: two of them in a group are to be told as two protocols. The same objects for every role of the node.
  const OPTIONS = Symbol('options') as ServiceIdentifier<FastSynodOptions>;
  const PLACEMENT = Symbol('placement') as ServiceIdentifier<Placement>;
  return new ProtocolPart(({ bind }) => {
    bind(PLACEMENT)
      .toDynamicValue((context) => placementOf(context.get(NODE_IDENTITY).topology, context.get(QUORUMS, { optional: true })))
      .inSingletonScope();
    bind(OPTIONS)
      .toResolvedValue(({ maxFrameBytes }) => fitted(options, settings as FastSynodSettings<never>, maxFrameBytes, check), [LIMITS])
      .inSingletonScope();
    bind(COORDINATOR).toResolvedValue(
      (placement, options) => actor<CoordinatorMessage>((context, effects) => new Coordinator(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(ACCEPTOR).toResolvedValue(
      (placement, options) =>
        actor<AcceptorMessage>((context, effects) => admitted<AcceptorMessage>(new Acceptor(context, effects, placement, options))),
      [PLACEMENT, OPTIONS],
    );
    bind(LEARNER).toResolvedValue(
      (placement, options) => actor<LearnerMessage>((context, effects) => new Learner(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(PROPOSER).toResolvedValue(
      (placement, options) => actor<ProposerMessage>((context, effects) => new Proposer(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(PROTOCOL)
      .toResolvedValue((options, placement) => protocol(options, placement, codec) as Protocol, [OPTIONS, PLACEMENT])
      .inSingletonScope();
  });
};

/** The container keeps all actors under one type; what each takes is said by its messages. */
const actor = <In extends Message>(create: (context: ActorContext, effects: Effects) => Role<In>): Actor => react<In>(create) as Actor;

const protocol = <Value>(options: FastSynodOptions, { quorum }: Placement, codec: Codec<Value>): Protocol<SynodClient<Value>> => {
  const tolerated = crashesTolerated(quorum);
  return {
    name: NAME,
    entry: 'proposer',
    roles: [
      { name: 'coordinator', messages: coordinatorWire, onClients: false, actor: COORDINATOR },
      { name: 'acceptor', messages: acceptorWire, onClients: false, actor: ACCEPTOR },
      { name: 'learner', messages: learnerWire, onClients: true, actor: LEARNER },
      { name: 'proposer', messages: proposerWire, onClients: true, actor: PROPOSER },
    ],
    validate: checkRoles,
    fingerprint: () => `${quorum.fingerprint} uncoordinated(${options.uncoordinated})`,
    client: (port) => decreeClient(port, options, codec),
    status: ({ acceptor, coordinator, learner, proposer }: Gauges) => ({
      ...acceptor,
      ...coordinator,
      ...learner,
      ...proposer,
      tolerates: tolerated,
    }),
  };
};
