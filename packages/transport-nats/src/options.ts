import { ConfigurationError, checkLimits, type LimitBounds } from '@synod/core';
import { type Authenticator, credsAuthenticator, nkeyAuthenticator, nkeys, type TlsOptions } from 'nats';
import type { NatsConnection } from './connection.js';
import { checkServers } from './servers.js';

/** Bounds and times. All have defaults. */
export interface NatsLimits {
  /** The largest frame in bytes; a server whose `max_payload` is smaller is refused. Default 1 MiB, as servers have it. */
  readonly maxFrameBytes?: number;
  /** How many bytes may be on their way to the server. At least `maxFrameBytes`. Default 64 MiB. */
  readonly queueBytes?: number;
  /** ms between heartbeats; a server that is silent for five of them is given up. Default 1,000. */
  readonly heartbeat?: number;
}

/** A connection of the transport's own. One way to authenticate at most. */
export interface NatsServersOptions extends NatsLimits {
  /** `nats://<host>:<port>`, one or more: which of them is connected to does not matter. */
  readonly servers: string | readonly string[];
  /** Certificates, as the client takes them. `{}` asks for TLS with the authorities that Node trusts. */
  readonly tls?: TlsOptions;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  /** The seed of an nkey: `SU…`. */
  readonly nkey?: string;
  /** What is in a credentials file. */
  readonly creds?: string;
  /** One of the client's authenticators, for what is not covered above. */
  readonly authenticator?: Authenticator;
  readonly connection?: never;
}

/** A connection of the caller's, who closes it. It should reconnect without end, and keep no `pingInterval` of minutes. */
export interface NatsConnectionOptions extends Omit<NatsLimits, 'heartbeat'> {
  readonly connection: NatsConnection;
  readonly servers?: never;
}

export type NatsOptions = NatsServersOptions | NatsConnectionOptions;

/** The options, checked: what both kinds need, and how to connect if that is ours. */
export interface CheckedOptions {
  readonly limits: Required<NatsLimits>;
  readonly connection?: NatsConnection;
  readonly access?: Access;
}

/** Where to connect, and as whom. */
export interface Access {
  readonly servers: readonly string[];
  readonly tls?: TlsOptions;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly authenticator?: Authenticator;
}

const DEFAULTS: Required<NatsLimits> = { maxFrameBytes: 1024 * 1024, queueBytes: 64 * 1024 * 1024, heartbeat: 1_000 };

const BOUNDS: LimitBounds<keyof NatsLimits> = {
  maxFrameBytes: [1_024, 64 * 1024 ** 2, 'bytes'],
  queueBytes: [1_024, 1024 ** 4, 'bytes'],
  heartbeat: [100, 60_000, 'ms'],
};

const IDENTITIES = ['user', 'token', 'nkey', 'creds', 'authenticator'] as const;
const SERVERS_KEYS = ['servers', 'tls', 'pass', ...IDENTITIES, ...Object.keys(BOUNDS)];
const CONNECTION_KEYS = ['connection', 'maxFrameBytes', 'queueBytes'];
const METHODS = ['publish', 'subscribe', 'request', 'flush', 'status', 'closed', 'isClosed', 'getServer', 'drain', 'close'];

const refuse = (message: string): never => {
  throw new ConfigurationError('BAD_OPTION', `natsTransport: ${message}`);
};

const quoted = (names: Iterable<string>): string => [...names].map((name) => JSON.stringify(name)).join(', ');

const checkKeys = (options: NatsOptions, known: readonly string[]): void => {
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length > 0) refuse(`unknown option ${quoted(unknown)}; known are ${known.join(', ')}`);
};

const checkText = (options: NatsServersOptions, key: 'user' | 'pass' | 'token' | 'nkey' | 'creds'): void => {
  const value: unknown = options[key];
  if (value !== undefined && (typeof value !== 'string' || value === '')) refuse(`${key} is empty or no text`);
};

/** What is refused here is a secret: it is not repeated. */
const authenticatorOf = ({ nkey, creds, authenticator }: NatsServersOptions): Authenticator | undefined => {
  const encoder = new TextEncoder();
  if (nkey !== undefined) {
    try {
      nkeys.fromSeed(encoder.encode(nkey));
    } catch {
      refuse('nkey is not the seed of an nkey; give what begins with "SU"');
    }
    return nkeyAuthenticator(encoder.encode(nkey));
  }
  if (creds !== undefined) {
    const made = credsAuthenticator(encoder.encode(creds));
    try {
      made('nonce');
    } catch {
      refuse('creds holds no user’s JWT and seed; give what is in the credentials file, not its path');
    }
    return made;
  }
  if (authenticator !== undefined && typeof authenticator !== 'function')
    refuse('authenticator is no function; make one with nkeyAuthenticator, jwtAuthenticator, … of the nats package');
  return authenticator;
};

const checkAccess = (options: NatsServersOptions): Access => {
  const { servers, secure } = checkServers(options.servers);
  for (const key of ['user', 'pass', 'token', 'nkey', 'creds'] as const) checkText(options, key);
  const identities = IDENTITIES.filter((key) => options[key] !== undefined);
  if (identities.length > 1) refuse(`${identities.join(' and ')} are given; give one way to authenticate`);
  if (options.pass !== undefined && options.user === undefined) refuse('pass is given without user; give both');
  const { tls = secure ? {} : undefined, user, pass, token } = options;
  if (tls !== undefined && (typeof tls !== 'object' || tls === null)) refuse(`tls is ${JSON.stringify(tls)}; expected an object`);
  const authenticator = authenticatorOf(options);
  return {
    servers,
    ...(tls && { tls }),
    ...(user && { user }),
    ...(pass && { pass }),
    ...(token && { token }),
    ...(authenticator && { authenticator }),
  };
};

/** Throws `ConfigurationError`, naming the option and not repeating a secret, unless the options can be used. */
export const checkOptions = (options: NatsOptions): CheckedOptions => {
  if (options.connection !== undefined) {
    if (options.servers !== undefined) refuse('connection and servers are given; give the one or the other');
    checkKeys(options, CONNECTION_KEYS);
    const { connection } = options;
    const missing = METHODS.filter((method) => typeof (connection as unknown as Record<string, unknown>)?.[method] !== 'function');
    if (missing.length > 0)
      refuse(`connection has no ${missing.join(', ')}; give what connect() of nats 2 or of @nats-io/transport-node 3 resolves to`);
    return { limits: checkLimits(options, DEFAULTS, BOUNDS, refuse), connection };
  }
  if (options.servers === undefined) refuse('neither servers nor connection is given; give servers: ["nats://<host>:<port>", …]');
  checkKeys(options, SERVERS_KEYS);
  const access = checkAccess(options);
  return { limits: checkLimits(options, DEFAULTS, BOUNDS, refuse), access };
};
