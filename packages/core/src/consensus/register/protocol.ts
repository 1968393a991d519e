import type { ServiceIdentifier } from 'inversify';
import type { Actor, ActorContext } from '../../actor/actor.js';
import type { Effects } from '../../actor/effect.js';
import type { Message } from '../../actor/envelope.js';
import { type Role, react } from '../../actor/react.js';
import { ConfigurationError } from '../../errors.js';
import { type Codec, msgpack } from '../../replication/codec.js';
import { ProtocolPart } from '../../wiring/group.js';
import { type ClientPort, type Gauges, PROTOCOL, type Protocol } from '../../wiring/protocol.js';
import { LIMITS, NODE_IDENTITY } from '../../wiring/tokens.js';
import type { Topology } from '../../wiring/topology.js';
import { admitted } from '../enrolment/admission.js';
import { QUORUMS } from '../quorums/part.js';
import { Acceptor } from './acceptor.js';
import { Caller } from './caller.js';
import { RegisterCalls, type RegisterClient } from './client.js';
import type { AcceptorMessage, CallerMessage, ProposerMessage, Settled } from './messages.js';
import { fitted, type RegisterOptions, type RegisterSettings, withDefaults } from './options.js';
import { type Placement, placementOf } from './placement.js';
import { type Lookup, Proposer } from './proposer.js';
import { acceptorWire, callerWire, proposerWire } from './wire.js';
import { BUILT_IN, BUILT_IN_CHANGES, everything, type NamedChange, type NamedQuery } from './works.js';

const token = <T>(name: string): ServiceIdentifier<T> => Symbol.for(`@synod/core/register/${name}`) as ServiceIdentifier<T>;

const CALLER = token<Actor>('caller');
const PROPOSER = token<Actor>('proposer');
const ACCEPTOR = token<Actor>('acceptor');

/** What a deployment of registers is made of. */
export interface RegisterParts<State> extends RegisterSettings {
  /** How a state becomes bytes; msgpack unless said. The same on every node. */
  readonly codec?: Codec<State>;
  /** What callers may name who have no proposer on their node. Pure, and the same on every node. */
  readonly changes?: Readonly<Record<string, NamedChange<State>>>;
  readonly queries?: Readonly<Record<string, NamedQuery<State>>>;
}

/**
 * Registers that are changed in place, one a key, without a log and without a leader: CASPaxos. Roles: `caller`, `proposer`,
 * `acceptor`. Throws `ConfigurationError` (`BAD_OPTION`).
 */
export const register = <State>(parts: RegisterParts<State> = {}): ProtocolPart<RegisterClient<State>> => {
  const { codec = msgpack<State>(), changes = {}, queries = {}, ...settings } = parts;
  const options = withDefaults(settings);
  for (const name of [...Object.keys(changes), ...Object.keys(queries)])
    if (name === '' || name.startsWith(BUILT_IN))
      throw new ConfigurationError(
        'BAD_OPTION',
        `register: ${JSON.stringify(name)} names no change or query; names begin with another character than ${BUILT_IN}`,
      );
  // Of this part alone: two of them in a group are to be told as two protocols. The same objects for every role of the node.
  const OPTIONS = Symbol('options') as ServiceIdentifier<RegisterOptions>;
  const PLACEMENT = Symbol('placement') as ServiceIdentifier<Placement>;
  const lookUp = lookUpIn({ changes, queries } as never);
  return new ProtocolPart(({ bind }) => {
    bind(PLACEMENT)
      .toDynamicValue((context) => placementOf(context.get(NODE_IDENTITY).topology, context.get(QUORUMS, { optional: true })))
      .inSingletonScope();
    bind(OPTIONS)
      .toResolvedValue(({ maxFrameBytes }) => fitted(options, settings, maxFrameBytes), [LIMITS])
      .inSingletonScope();
    bind(CALLER).toResolvedValue(
      (placement, options) => actor<CallerMessage>((context, effects) => new Caller(context, effects, placement, options)),
      [PLACEMENT, OPTIONS],
    );
    bind(PROPOSER).toResolvedValue(
      (placement, options) =>
        actor<ProposerMessage>(
          (context, effects) => new Proposer(context, effects, placement, options, limited(codec as Codec<unknown>, options), lookUp),
        ),
      [PLACEMENT, OPTIONS],
    );
    bind(ACCEPTOR).toResolvedValue(
      (placement, options) =>
        actor<AcceptorMessage>((context, effects) => admitted<AcceptorMessage>(new Acceptor(context, effects, placement, options))),
      [PLACEMENT, OPTIONS],
    );
    bind(PROTOCOL)
      .toResolvedValue((options, placement) => protocol(options, placement), [OPTIONS, PLACEMENT])
      .inSingletonScope();
  });
};

/** The container keeps all actors under one type; what each takes is said by its messages. */
const actor = <In extends Message>(create: (context: ActorContext, effects: Effects) => Role<In>): Actor => react<In>(create) as Actor;

/** A change to something larger than a message carries is rejected. */
const limited = ({ encode, decode }: Codec<unknown>, { valueBytes }: RegisterOptions): Codec<unknown> => ({
  decode,
  encode(value) {
    const bytes = encode(value);
    if (bytes.length > valueBytes) throw new RangeError(`a value of ${bytes.length} bytes; at most ${valueBytes} are allowed`);
    return bytes;
  },
});

type Registered = Readonly<Record<string, (value: unknown, argument: never, version: number) => unknown>>;

const answerEverything: Registered[string] = (value, _argument, version) => everything(value, version);

const lookUpIn = ({ changes, queries }: { readonly changes: Registered; readonly queries: Registered }): Lookup => {
  const argumentCodec = msgpack<never>();
  const of = (registered: Registered, name: string): Registered[string] | undefined =>
    Object.hasOwn(registered, name) ? registered[name] : undefined;
  return ({ change: changeName, query: queryName, argument: bytes }) => {
    const change = of(BUILT_IN_CHANGES, changeName) ?? of(changes, changeName);
    const query = queryName === '' ? answerEverything : of(queries, queryName);
    if (change === undefined || query === undefined) return undefined;
    // A copy each time: what a change does to its argument must not reach its next run.
    const argument = (): never => argumentCodec.decode(bytes.slice());
    return {
      change: (value, version) => change(value, argument(), version),
      query: (value, version) => (query as Registered[string])(value, argument(), version),
    };
  };
};

const protocol = (options: RegisterOptions, { quorum, proposers }: Placement): Protocol => ({
  name: 'register/1',
  entry: 'caller',
  roles: [
    { name: 'caller', messages: callerWire, onClients: true, actor: CALLER },
    { name: 'proposer', messages: proposerWire, onClients: false, actor: PROPOSER },
    { name: 'acceptor', messages: acceptorWire, onClients: false, actor: ACCEPTOR },
  ],
  validate,
  fingerprint: () => `${quorum.fingerprint} proposers(${proposers.join(',')}) ${options.valueBytes}`,
  client: (port) => client(port, options),
  status,
});

const validate = (topology: Topology): void => {
  for (const name of ['proposer', 'acceptor'])
    if (topology.playing(name).length === 0)
      throw new ConfigurationError('MISSING_ROLE', `no node of the topology plays the role ${name}, and a register needs one at least`);
};

const client = (port: ClientPort, { valueBytes }: RegisterOptions): RegisterClient => {
  const calls = new RegisterCalls(port, valueBytes);
  port.replies$.subscribe({
    next: (message) => calls.settled(message as Settled),
    complete: () => calls.stop(),
  });
  return calls as RegisterClient;
};

const status = ({ acceptor = {}, proposer = {} }: Gauges): Readonly<Record<string, unknown>> => ({ ...acceptor, ...proposer });
