import { decorate, type Effect } from '@synod/core';
import type { ContainerModule } from 'inversify';
import { delay, mergeMap, of } from 'rxjs';

/** Everything that leaves a node takes so many ms longer, as if the others were far away; what an actor says on its own node and to the disk does not. */
export const farAway = (ms: number): ContainerModule =>
  decorate('*', (actor) => (mailbox$, context) => {
    const leaves = (effect: Effect): boolean => effect.effect === 'send' && effect.to.node !== context.self.node;
    return actor(mailbox$, context).pipe(mergeMap((effect) => (leaves(effect) ? of(effect).pipe(delay(ms)) : of(effect))));
  });
