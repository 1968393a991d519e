import type { ServiceIdentifier } from 'inversify';
import type { Actor, ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { Message } from '../../actor/envelope.js';
import { type Role, react } from '../../actor/react.js';
import type { Codec } from '../../replication/codec.js';
import { ProtocolPart } from '../../wiring/group.js';
import { type Gauges, PROTOCOL, type Protocol } from '../../wiring/protocol.js';
import { LIMITS, NODE_IDENTITY } from '../../wiring/tokens.js';
import { admitted } from '../enrolment/admission.js';
import { QUORUMS } from '../quorums/part.js';
import { Acceptor } from './acceptor.js';
import { decreeClient, type SynodClient } from './client.js';
import { Learner } from './learner.js';
import type { AcceptorMessage, LearnerMessage, ProposerMessage } from './messages.js';
import { checkedCodec, checkedLearning, fitted, type Learning, type SynodOptions, type SynodSettings, withDefaults } from './options.js';
import { checkRoles, type Placement, placementOf } from './placement.js';
import { Proposer } from './proposer.js';
import { acceptorWire, learnerWire, proposerWire } from './wire.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@synod/core/synod/${name}`) as ServiceIdentifier<T>;

const PROPOSER = token<Actor>('proposer');
const ACCEPTOR = token<Actor>('acceptor');
const LEARNER = token<Actor>('learner');

/**
 * The single-decree Synod: a group that decides one value, once and for good. (Lamport, The Part-Time Parliament §2; Paxos Made Simple
 * §2) Roles: `proposer`, `acceptor`, `learner`. Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const synod = <Value>(settings: SynodSettings<Value> = {}): ProtocolPart<SynodClient<Value>> => {
  const options = withDefaults(settings);
  const codec = checkedCodec(settings.codec);
  const learning = checkedLearning(settings.learning);
  // Of this part alone: two of them in a group are to be told as two protocols. The same objects for every role of the node.
  const OPTIONS = Symbol('options') as ServiceIdentifier<SynodOptions>;
  const PLACEMENT = Symbol('placement') as ServiceIdentifier<Placement>;
  return new ProtocolPart(({ bind }) => {
    bind(PLACEMENT)
      .toDynamicValue((context) => placementOf(context.get(NODE_IDENTITY).topology, learning, context.get(QUORUMS, { optional: true })))
      .inSingletonScope();
    bind(OPTIONS)
      .toResolvedValue(({ maxFrameBytes }) => fitted(options, settings, maxFrameBytes), [LIMITS])
      .inSingletonScope();
    bind(PROPOSER).toResolvedValue(
      (placement, options) => actor<ProposerMessage>((context, effects) => new Proposer(context, effects, placement, options)),
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
    bind(PROTOCOL)
      .toResolvedValue((options, placement) => protocol(options, learning, placement, codec) as Protocol, [OPTIONS, PLACEMENT])
      .inSingletonScope();
  });
};

/** The container keeps all actors under one type; what each takes is said by its messages. */
const actor = <In extends Message>(create: (context: ActorContext, effects: Effects) => Role<In>): Actor => react<In>(create) as Actor;

const protocol = <Value>(
  options: SynodOptions,
  learning: Learning,
  { quorum }: Placement,
  codec: Codec<Value>,
): Protocol<SynodClient<Value>> => ({
  name: 'synod/2',
  // Whoever has a value wants to learn what is decided; a node outside the topology owns no ballots.
  entry: 'learner',
  roles: [
    { name: 'proposer', messages: proposerWire, onClients: false, actor: PROPOSER },
    { name: 'acceptor', messages: acceptorWire, onClients: false, actor: ACCEPTOR },
    { name: 'learner', messages: learnerWire, onClients: true, actor: LEARNER },
  ],
  validate: (topology) => checkRoles(topology, learning),
  fingerprint: () =>
    `${quorum.fingerprint} ${learning === 'all' ? learning : `distinguished(${[...learning.distinguished].sort().join(',')})`}`,
  client: (port) => decreeClient(port, options, codec),
  status: ({ acceptor, proposer, learner }: Gauges) => ({ ...acceptor, ...proposer, ...learner }),
});
