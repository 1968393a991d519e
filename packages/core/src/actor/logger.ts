/** Where a node says what an operator should know. `details` are plain data. */
export interface Logger {
  debug(message: string, details?: object): void;
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

const nothing = (): void => {};

/** The default: a library does not print unless told to. */
export const silentLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
