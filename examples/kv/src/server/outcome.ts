import { QueryError, RefusedError, StoppedError, UnknownOutcomeError } from '@synod/core';
import { Failure } from '../store/reply.js';

/**
 * What a client is told when the group gave no result: above all, whether its command may have happened. The first word says it for
 * programs, and Synod's own message for people.
 */
export const failureFrom = (thrown: unknown): Failure => {
  if (thrown instanceof UnknownOutcomeError) return new Failure(`TIMEOUT ${thrown.message}`);
  if (thrown instanceof RefusedError || thrown instanceof StoppedError) return unavailable(thrown.message);
  if (thrown instanceof QueryError) return new Failure(`ERR ${thrown.message}`);
  return new Failure(`ERR ${thrown instanceof Error ? thrown.message : String(thrown)}`);
};

/** `reason` says too that nothing happened. */
export const unavailable = (reason: string): Failure => new Failure(`UNAVAILABLE ${reason}`);
