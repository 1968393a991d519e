import { decorate } from '@synod/core';
import { concatMap, filter } from 'rxjs';
import { Kind } from './acceptor-log.js';

/** Counts answers instead of acceptors: each that holds something is heard twice, the second time under another's name. */
export const countsAnswers = decorate(
  'coordinator',
  (actor) => (mailbox$, context) =>
    actor(
      mailbox$.pipe(
        concatMap((envelope) => {
          if (envelope.message.kind !== 'stored') return [envelope];
          const another = context.address('acceptor', envelope.from.node === 'a' ? 'b' : 'a');
          return [envelope, { ...envelope, from: another }];
        }),
      ),
      context,
    ),
);

/** Answers before it has written: of what it holds, nothing is persisted. */
export const keepsNothing = decorate(
  'acceptor',
  (actor) => (mailbox$, context) =>
    actor(mailbox$, context).pipe(
      filter((done) => done.effect !== 'checkpoint' && !(done.effect === 'persist' && done.record[0] === Kind.Stored)),
    ),
);
