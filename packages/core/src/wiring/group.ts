import { ContainerModule, type ServiceIdentifier } from 'inversify';
import { ConfigurationError } from '../errors.js';
import type { ReplicatedClient } from '../replication/client.js';
import type { StateMachine } from '../replication/state-machine.js';
import { type ValueMachine, valueMachine } from '../replication/value-machine.js';
import { STATE_MACHINE } from './tokens.js';

declare const CLIENT: unique symbol;
declare const MACHINE: unique symbol;

/** A protocol as a part. `Client` is what `node.of(group)` returns; a protocol that replicates a state machine leaves it to the machine. */
export class ProtocolPart<Client> extends ContainerModule {
  declare readonly [CLIENT]: Client;
}

/** Marks a protocol whose client is that of the state machine it replicates. */
export interface ReplicatesStateMachine {
  readonly replicates: 'state machine';
}

/** A state machine as a part. */
export class StateMachinePart<Command, Result, Query, Answer> extends ContainerModule {
  declare readonly [MACHINE]: StateMachine<Command, Result, Query, Answer>;
}

/** `create` is called once for every node that executes: replicas share nothing. */
export const stateMachine = <Command, Result, Query, Answer>(
  create: () => StateMachine<Command, Result, Query, Answer>,
): StateMachinePart<Command, Result, Query, Answer> =>
  new StateMachinePart(({ bind }) => {
    bind(STATE_MACHINE)
      .toResolvedValue(() => create() as StateMachine)
      .inSingletonScope();
  });

/** A state machine whose whole state is one small value of plain data, as a part. */
export const state = <State, Command, Result, Query, Answer>(
  machine: ValueMachine<State, Command, Result, Query, Answer>,
): StateMachinePart<Command, Result, Query, Answer> => stateMachine(() => valueMachine(machine));

/** One replicated thing: a protocol, what it replicates, and its roles. A part of a deployment, and the typed handle to its client. */
export class Group<Client> extends ContainerModule {
  declare readonly [CLIENT]: Client;

  constructor(
    readonly name: string,
    readonly parts: readonly ContainerModule[],
  ) {
    super(({ bind }) => {
      bind(GROUP).toConstantValue(this);
    });
  }
}

/** The groups of a deployment. */
export const GROUP = Symbol.for('@synod/core/group') as ServiceIdentifier<Group<unknown>>;

/**
 * Makes a group. Further parts override or decorate what the protocol brings, for this group alone.
 * Throws `ConfigurationError` (`BAD_GROUP_NAME`).
 */
export function group<Command, Result, Query, Answer>(
  name: string,
  protocol: ProtocolPart<ReplicatesStateMachine>,
  machine: StateMachinePart<Command, Result, Query, Answer>,
  ...parts: ContainerModule[]
): Group<ReplicatedClient<Command, Result, Query, Answer>>;
export function group<Client>(name: string, protocol: ProtocolPart<Client>, ...parts: ContainerModule[]): Group<Client>;
export function group(name: string, ...parts: ContainerModule[]): Group<unknown> {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw new ConfigurationError('BAD_GROUP_NAME', `group name ${JSON.stringify(name)}: allowed are 1 to 64 letters, digits, "-" and "_"`);
  return new Group(name, parts);
}
