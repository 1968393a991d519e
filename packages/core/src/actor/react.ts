import { Observable } from 'rxjs';
import type { Actor, ActorContext } from './actor.js';
import type { Address } from './address.js';
import { Effects } from './effect.js';
import type { Message } from './envelope.js';

/** The rules of a role: one method a message, named as its `kind`. A plain class; tested by calling it. */
export type Role<In extends Message> = {
  readonly [Kind in In['kind']]: (message: Extract<In, { readonly kind: Kind }>, from: Address) => void;
} & {
  /** Called once, before the first message. */
  start?(): void;
};

type Handler = (message: Message, from: Address) => void;

/**
 * A role that takes more than `role` does: what `more` has a method for goes there, the rest to `role`, which `more` may call itself.
 * So a protocol adds to the roles of another without knowing what is in them. `start` is called of both, `role` first.
 */
export const extended = <In extends Message, More extends Message>(role: Role<In>, more: Role<More>): Role<In | More> => {
  const handlers = { ...methodsOf(role), ...methodsOf(more) };
  handlers.start = () => {
    role.start?.();
    more.start?.();
  };
  return handlers as Role<In | More>;
};

const methodsOf = (role: object): Record<string, Handler> => {
  const methods: Record<string, Handler> = {};
  for (let level = role; level !== Object.prototype; level = Object.getPrototypeOf(level))
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level)))
      if (name !== 'constructor' && typeof value === 'function') methods[name] ??= value.bind(role);
  return methods;
};

/**
 * Makes an actor of a role's rules. RxJS swallows what a `next` handler throws and rethrows it later from a timer;
 * here it becomes the error of the effect stream at once, so that the node halts before another message is handled.
 */
export const react =
  <In extends Message>(create: (context: ActorContext, effects: Effects) => Role<In>): Actor<In> =>
  (mailbox$, context) =>
    new Observable((subscriber) => {
      const role = create(context, new Effects((effect) => subscriber.next(effect)));
      role.start?.();
      const handlers = role as Record<string, (message: Message, from: Address) => void>;
      return mailbox$.subscribe({
        next({ message, from }) {
          try {
            (handlers[message.kind] as (message: Message, from: Address) => void)(message, from);
          } catch (error) {
            subscriber.error(error);
          }
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
