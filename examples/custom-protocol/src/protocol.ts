import {
  type Actor,
  type Codec,
  ConfigurationError,
  LIMITS,
  msgpack,
  NODE_IDENTITY,
  PROTOCOL,
  type Protocol,
  ProtocolPart,
  react,
} from '@synod/core';
import { admitted, QUORUMS, type QuorumSystem, quorumsOf } from '@synod/core/consensus';
import type { ServiceIdentifier } from 'inversify';
import { Acceptor } from './acceptor.js';
import { type AtomicRegisterClient, Client } from './client.js';
import { Coordinator } from './coordinator.js';
import { type AcceptorMessage, acceptorWire, type CoordinatorMessage, coordinatorWire } from './messages.js';
import { type AtomicRegisterOptions, withDefaults } from './options.js';

const COORDINATOR = Symbol('coordinator') as ServiceIdentifier<Actor<CoordinatorMessage>>;
const ACCEPTOR = Symbol('acceptor') as ServiceIdentifier<Actor<AcceptorMessage>>;

/** What a message holds besides the value, at most: headers, names, a tag. */
const ENVELOPE_BYTES = 4096;

/**
 * A group that holds one value, which all read and write: a register that is linearizable, without a leader and without a log. Roles:
 * `coordinator`, `acceptor`. Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const atomicRegister = <Value>(
  settings: Partial<AtomicRegisterOptions> = {},
  codec: Codec<Value> = msgpack(),
): ProtocolPart<AtomicRegisterClient<Value>> => {
  const options = withDefaults(settings);
  // Of this part alone: two of them in a group are to be told as two protocols.
  const QUORUM = Symbol('quorum') as ServiceIdentifier<QuorumSystem>;
  return new ProtocolPart(({ bind }) => {
    bind(QUORUM)
      .toDynamicValue((context) =>
        quorumsOf(context.get(NODE_IDENTITY).topology.playing('acceptor'), context.get(QUORUMS, { optional: true })),
      )
      .inSingletonScope();
    bind(COORDINATOR).toResolvedValue(
      (quorum) => react<CoordinatorMessage>((context, effects) => new Coordinator(context, effects, quorum, options)),
      [QUORUM],
    );
    bind(ACCEPTOR).toResolvedValue(
      (quorum) =>
        react<AcceptorMessage>((context, effects) =>
          admitted<AcceptorMessage>(new Acceptor(context, effects, { acceptors: quorum.members, quorum }, options)),
        ),
      [QUORUM],
    );
    bind(PROTOCOL)
      .toResolvedValue((quorum, { maxFrameBytes }) => protocol(quorum, codec, maxFrameBytes - ENVELOPE_BYTES), [QUORUM, LIMITS])
      .inSingletonScope();
  });
};

const protocol = <Value>(quorum: QuorumSystem, codec: Codec<Value>, valueBytes: number): Protocol<AtomicRegisterClient<Value>> => ({
  name: 'example-atomic-register/1',
  entry: 'coordinator',
  roles: [
    { name: 'coordinator', messages: coordinatorWire, onClients: true, actor: COORDINATOR },
    { name: 'acceptor', messages: acceptorWire, onClients: false, actor: ACCEPTOR },
  ],
  validate(topology) {
    if (topology.playing('acceptor').length === 0)
      throw new ConfigurationError('MISSING_ROLE', 'no node of the topology plays the role acceptor, and a register needs one at least');
  },
  fingerprint: () => quorum.fingerprint,
  client: (port) => new Client(port, codec, valueBytes),
  status: ({ acceptor, coordinator }) => ({ ...acceptor, ...coordinator }),
});
