import { RefusedError, type RegisterClient, type RegisterParts, reject, type Versioned } from '@synod/core';
import type { Invocation, Model, Workload } from '@synod/core/simulation';
import { catchError, map, of, throwError } from 'rxjs';

/** The longest text that a register holds: what is appended to it pushes out the oldest. */
const LONGEST = 60;
const KEYS = ['a', 'b', 'c', 'd'];

const append = (text: string | null | undefined, more: string): string => `${text ?? ''}${more}`.slice(-LONGEST);

/** What clients outside the topology name. */
export const registeredChanges: RegisterParts<string>['changes'] = {
  append: (text, more: string) => append(text, more),
  /** Only where nothing is: a rejection tells what is there, so it must never tell of what was not chosen. */
  claim: (text, name: string) => (text === undefined ? name : reject(text)),
};

/** Clients of registers that hold texts. */
export const registerWorkload: Workload<RegisterClient<string>> = {
  next: (random, id) => {
    const key = random.pick(KEYS);
    return random.pick<Invocation>([
      { op: 'read', key },
      { op: 'append', key, arg: `<${id}>` },
      { op: 'append', key, arg: `<${id}>` },
      { op: 'claim', key, arg: `(${id})` },
      { op: 'claim', key, arg: `(${id})` },
      { op: 'setOnce', key, arg: `[${id}]` },
      { op: 'delete', key },
    ]);
  },
  ask: (client, { op, key = '', arg }, deadline) => {
    const options = { deadline };
    switch (op) {
      case 'read':
        return client.read$(key, options);
      case 'setOnce':
        return client.setOnce$(key, arg as string, options);
      case 'delete':
        return client.delete$(key, options).pipe(map(() => ({ value: undefined, version: 0 })));
      default:
        return client.call$(key, op, arg, options).pipe(catchError(rejection));
    }
  },
  readResult: (told) => ('rejected' in (told as object) ? told : ((told as Versioned<string>).value ?? null)),
  probe: (id) => ({ op: 'append', key: 'a', arg: `<${id}>` }),
};

const rejection = (error: unknown) =>
  error instanceof RefusedError && error.code === 'REJECTED' ? of({ rejected: error.message }) : throwError(() => error);

/** A text for each key; null where nothing is. */
export const textRegisters: Model<string | null> = {
  initial: null,
  step: (text, { op, arg }) => {
    const set = (state: string | null) => ({ state, result: state });
    switch (op) {
      case 'append':
        return set(append(text, arg as string));
      case 'claim':
        return text === null ? set(arg as string) : { state: text, result: { rejected: text } };
      case 'setOnce':
        return set(text ?? (arg as string));
      case 'delete':
        return set(null);
      default:
        return set(text);
    }
  },
  readOnly: ({ op }) => op === 'read',
  partition: ({ key = '' }) => key,
};
