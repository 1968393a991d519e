import { decorate } from '@synod/core';
import { filter, tap } from 'rxjs';

/** Counts the questions that acceptors are asked. Each acceptor is asked once for each round trip. */
export class Meter {
  #prepares = 0;
  #accepts = 0;

  /** As a part of a deployment. */
  readonly part = decorate('acceptor', (actor) => (mailbox$, context) => {
    const counted$ = mailbox$.pipe(
      tap(({ message }) => {
        if (message.kind === 'prepare') this.#prepares++;
        if (message.kind === 'accept') this.#accepts++;
      }),
    );
    return actor(counted$, context);
  });

  /** What was counted since it was asked last. */
  take(): { readonly prepares: number; readonly accepts: number } {
    const counted = { prepares: this.#prepares, accepts: this.#accepts };
    this.#prepares = this.#accepts = 0;
    return counted;
  }
}

/** Loses what acceptors answer to the proposer of one node: messages of these kinds. */
export class LostAnswers {
  #lost: readonly string[] = [];

  readonly part = decorate(
    'proposer',
    (actor) => (mailbox$, context) => actor(mailbox$.pipe(filter(({ message }) => !this.#lost.includes(message.kind))), context),
  );

  lose(...kinds: readonly string[]): void {
    this.#lost = kinds;
  }
}
