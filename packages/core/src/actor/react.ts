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
