/** Every error that Synod throws on purpose. `code` is stable across versions; the message is for people. */
export class SynodError extends Error {
  override readonly name: string = 'SynodError';

  constructor(
    readonly code: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The parts do not make a deployment: one is missing, two overlap, or an option is out of bounds. Nothing was started. */
export class ConfigurationError extends SynodError {
  override readonly name = 'ConfigurationError';
}

/** Nothing happened and nothing will: the command was never handed to anyone who may still execute it. */
export class RefusedError extends SynodError {
  override readonly name = 'RefusedError';
}

/** A bounded queue is full; try again later. Nothing happened. Code `OVERLOADED`. */
export class OverloadedError extends RefusedError {
  constructor(what: string) {
    super('OVERLOADED', `${what}; nothing was sent, try again later`);
  }
}

/** The node is stopping or has failed, and takes no further calls. */
export class StoppedError extends SynodError {
  override readonly name = 'StoppedError';
}

/** The storage holds something that this node must not use, or could not make something durable. The node does not run. */
export class StorageError extends SynodError {
  override readonly name = 'StorageError';
}

export const errorFrom = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));
