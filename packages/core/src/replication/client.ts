import { firstValueFrom, type Observable } from 'rxjs';
import { SynodError } from '../errors.js';

export interface SubmitOptions {
  /** ms after which the caller is told what is known; 5,000 unless said. */
  readonly deadline?: number;
}

export interface QueryOptions extends SubmitOptions {
  /**
   * - `linearizable` (the default): sees every command that was acknowledged to anyone before the query began;
   * - `sequential`: sees at least what this node has shown to its callers before;
   * - `local`: whatever the replica holds now.
   */
  readonly consistency?: 'linearizable' | 'sequential' | 'local';
}

/** What `node.of(group)` offers for a replicated state machine. */
export interface ReplicatedClient<Command = unknown, Result = unknown, Query = unknown, Answer = unknown> {
  /**
   * Executes a command exactly once and resolves with its result.
   * Rejects with `RefusedError` (nothing happened; `OverloadedError` if a queue was full), `UnknownOutcomeError` (it may have
   * happened, and may still), `ResultWithheldError` (it happened), or what `validate` of the state machine threw.
   */
  submit(command: Command, options?: SubmitOptions): Promise<Result>;
  /** Reads. Rejects with `RefusedError` if no answer came in time, or with `QueryError` if the state machine's `query` threw. */
  query(query: Query, options?: QueryOptions): Promise<Answer>;
  /** As `submit`; begins when subscribed to. */
  submit$(command: Command, options?: SubmitOptions): Observable<Result>;
  /** As `query`; begins when subscribed to. */
  query$(query: Query, options?: QueryOptions): Observable<Answer>;
}

/** The command may have happened, may still happen, or may never: nobody could be asked in time. */
export class UnknownOutcomeError<Result = unknown> extends SynodError {
  override readonly name = 'UnknownOutcomeError';

  constructor(
    message: string,
    /**
     * Asks again under the same number, whatever the protocol numbers by, so the command cannot happen twice. Begins when subscribed
     * to; errors as those of the call. Who unsubscribes before it has answered gives the outcome up.
     */
    readonly retry$: (options?: SubmitOptions) => Observable<Result>,
  ) {
    super('UNKNOWN_OUTCOME', message);
  }

  /** As `retry$`; begins at once. */
  retry(options?: SubmitOptions): Promise<Result> {
    return firstValueFrom(this.retry$(options));
  }
}

/** The state machine's `query` threw. Nothing changed. */
export class QueryError extends SynodError {
  override readonly name = 'QueryError';

  constructor(message: string) {
    super('QUERY_FAILED', message);
  }
}

/** The command was executed, but its result, or that of its batch, exceeds the protocol's `resultBytes`. */
export class ResultWithheldError extends SynodError {
  override readonly name = 'ResultWithheldError';

  constructor(message: string) {
    super('RESULT_TOO_LARGE', message);
  }
}
