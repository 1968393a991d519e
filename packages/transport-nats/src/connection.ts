/** What is used of a message. */
export interface NatsMessage {
  readonly data: Uint8Array;
  readonly reply?: string;
  readonly headers?: unknown;
}

/** What is used of a subscription. */
export interface NatsSubscription {
  drain(): Promise<void>;
  unsubscribe(): void;
}

/**
 * What is used of a connection to NATS. Those of `nats` 2 and of `@nats-io/transport-node` 3 are such; so is what else has these
 * methods.
 */
export interface NatsConnection {
  /** What the connected server said of itself; undefined while there is none. */
  readonly info?: { readonly max_payload: number; readonly connect_urls?: readonly string[] } | undefined;
  publish(subject: string, payload: Uint8Array): void;
  subscribe(subject: string, options: { callback: (error: Error | null, message: NatsMessage) => void }): NatsSubscription;
  request(subject: string, payload: Uint8Array, options: { timeout: number; noMux: boolean; reply: string }): Promise<NatsMessage>;
  /** Completes when the server has taken all that was published before. */
  flush(): Promise<void>;
  status(): AsyncIterable<{ readonly type: string }>;
  closed(): Promise<unknown>;
  isClosed(): boolean;
  getServer(): string;
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Two versions of the client tell it in different ways: a code, or an error as the cause of another. */
const tells = (error: unknown, sign: RegExp): boolean => {
  const { name, code, message, cause } = error as { name?: string; code?: string; message?: string; cause?: unknown };
  return sign.test(`${name} ${code} ${message}`) || (cause !== undefined && cause !== null && tells(cause, sign));
};

/** Nobody has subscribed to what was asked, or nobody answered. */
export const isUnanswered = (error: unknown): boolean => tells(error, /\b503\b|no responders|timeout/i);

/** The server does not let this user publish or subscribe there. */
export const isForbidden = (error: unknown): boolean => tells(error, /permissions[_ ]violation/i);

/** The server does not let this user in. */
export const isUnauthorized = (error: unknown): boolean =>
  tells(error, /authorization[_ ]violation|(authentication|account)[_ ]expired|BAD_CREDS|BAD_AUTH/i);

/** No trusted TLS connection can be made: trying again changes nothing. */
export const isTlsFailure = (error: unknown): boolean =>
  /CERT|SELF_SIGNED|^ERR_(TLS|SSL|OSSL)|^UNABLE_TO_|^TLS$|^SERVER_OPT_NA$/.test(String((error as { code?: unknown }).code));
