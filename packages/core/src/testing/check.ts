/** Fails unless `holds`; `what` says which rule is broken, and by what. */
export function check(holds: boolean, what: string | (() => string)): asserts holds {
  if (!holds) throw new Error(typeof what === 'string' ? what : what());
}

/** How an error is told in a message. */
export const tell = (thrown: unknown): string => (thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown));

/** Fails unless `error` is one of the typed errors that a port promises. */
export const mustBe = (type: new (...given: never[]) => Error, error: unknown, what: string): void =>
  check(error instanceof type, `${what} fails with a ${type.name} that says what to do; it failed with ${tell(error)}`);
