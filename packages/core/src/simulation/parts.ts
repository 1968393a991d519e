import { ContainerModule } from 'inversify';
import { tap } from 'rxjs';
import { decorate } from '../wiring/decorate.js';
import { Group } from '../wiring/group.js';
import type { Invariant } from '../wiring/observer.js';
import { LOGGER, RANDOM, SCHEDULER, STATE_MACHINE, TRACING, TRANSPORT, WALL_CLOCK } from '../wiring/tokens.js';
import { ALL_ROLES } from '../wiring/topology.js';
import type { NodeParts } from './host.js';

/**
 * Binds the simulated time, chance, clock and network of one life of a node, traces as much as the world wants to hear, and lets
 * observers see what it logs. The storage is the caller's to choose.
 */
export const simulated = ({ id, scheduler, random, wallClock, transport, tracing, observer }: NodeParts): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(TRACING).toConstantValue(tracing);
    bind(SCHEDULER).toConstantValue(scheduler);
    bind(RANDOM).toConstantValue(random);
    bind(WALL_CLOCK).toConstantValue(wallClock);
    bind(TRANSPORT).toConstantValue(transport);
    bind(LOGGER).toConstantValue({
      debug: () => {},
      info: (message) => observer.logged(id, 'info', message),
      warn: (message) => observer.logged(id, 'warn', message),
      error: (message) => observer.logged(id, 'error', message),
    });
  });

/** The same group, whose state machine is that of this life of its node: so replicas can be compared. */
export const watched = <Client>(life: NodeParts, { name, parts }: Group<Client>): Group<Client> =>
  new Group(name, [
    ...parts,
    new ContainerModule(({ onActivation }) => onActivation(STATE_MACHINE, (_context, machine) => life.watch(machine))),
  ]);

/**
 * Lets observers hear what the actors of this node take from their mailboxes, and see what they begin with, as far as the
 * observers ask for it. Other parts that wrap an actor come before these.
 */
export const overhear = (
  { observer }: NodeParts,
  observing: readonly Pick<Invariant, 'overhears' | 'recalls'>[],
): readonly ContainerModule[] => {
  const heard = new Set(observing.flatMap(({ overhears = [] }) => overhears));
  const recalled = new Set(observing.flatMap(({ recalls = [] }) => recalls));
  return [...new Set([...heard, ...recalled])].map((role) =>
    decorate(role, (actor) => (mailbox$, context) => {
      if (recalled.has(role)) observer.recovered(context.self, context.recovered);
      return actor(heard.has(role) ? mailbox$.pipe(tap((envelope) => observer.received(envelope))) : mailbox$, context);
    }),
  );
};

/** Lets a node die between any two effects of its actors. */
export const interruptible = ({ scheduler }: NodeParts): ContainerModule =>
  decorate(ALL_ROLES, (actor) => (mailbox$, context) => actor(mailbox$, context).pipe(tap(() => scheduler.boundary())));
