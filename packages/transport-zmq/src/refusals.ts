import type { Logger, Tally } from '@synod/core';

/** How many lines a transport logs of refusals; a stranger may come under ever new keys. */
const MAX_LINES = 1_000;

/** Whom this transport refused, and who refused it: counted each time, logged once, for whoever is refused comes again for ever. */
export class Refusals {
  readonly #logged = new Set<string>();
  readonly #tally: Tally;
  readonly #logger: Logger;

  constructor(tally: Tally, logger: Logger) {
    this.#tally = tally;
    this.#logger = logger;
  }

  /** `details` say who; the log has one line for each reason and `who`. */
  tell(reason: string, who = '', details?: object): void {
    this.#tally.refused(reason);
    const line = `${reason} ${who}`;
    if (this.#logged.has(line) || this.#logged.size >= MAX_LINES) return;
    this.#logged.add(line);
    this.#logger.warn(`transport-zmq: refused ${reason}`, details);
    if (this.#logged.size === MAX_LINES)
      this.#logger.warn(`transport-zmq: ${MAX_LINES} refusals were logged; from here on they are only counted, on status$`);
  }
}
