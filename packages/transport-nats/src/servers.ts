import { ConfigurationError } from '@synod/core';

const FORM = 'nats://<host>:<port> or tls://<host>:<port>, of a name, an IPv4 or a bracketed IPv6 address';
const SERVER = /^(?:(nats|tls):\/\/)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+)(?::(\d{1,5}))?\/?$/;
const DEFAULT_PORT = 4222;

const bad = (found: unknown, allowed: string): ConfigurationError =>
  new ConfigurationError('BAD_SERVER', `natsTransport: servers holds ${JSON.stringify(found)}; allowed: ${allowed}`);

/**
 * The servers as `host:port`, and whether one of them asks for TLS. Throws `ConfigurationError` `BAD_SERVER`, naming what was found
 * and what is allowed.
 */
export const checkServers = (given: unknown): { readonly servers: readonly string[]; readonly secure: boolean } => {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw bad(list, `at least one server: ${FORM}`);
  let secure = false;
  const servers = list.map((server) => {
    // Its password must not be repeated.
    if (typeof server === 'string' && server.includes('@'))
      throw bad('<user>@<host>', 'no user in a server; give the options user and pass, or token');
    const [, scheme, host, port = `${DEFAULT_PORT}`] = (typeof server === 'string' && SERVER.exec(server)) || [];
    if (host === undefined) throw bad(server, FORM);
    if (Number(port) === 0 || Number(port) > 65_535) throw bad(server, 'a port from 1 to 65535');
    secure ||= scheme === 'tls';
    return `${host}:${port}`;
  });
  return { servers: [...new Set(servers)], secure };
};

/** The parts of a checked server. */
export const hostAndPort = (server: string): { readonly host: string; readonly port: number } => {
  const colon = server.lastIndexOf(':');
  return { host: server.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(server.slice(colon + 1)) };
};
