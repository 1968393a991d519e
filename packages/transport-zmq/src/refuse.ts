import { ConfigurationError } from '@synod/core';

/** Throws `ConfigurationError`. */
export const refuse = (code: string, message: string): never => {
  throw new ConfigurationError(code, `zmqTransport: ${message}`);
};

export const quoted = (names: Iterable<string>): string => [...names].map((name) => JSON.stringify(name)).join(', ');
