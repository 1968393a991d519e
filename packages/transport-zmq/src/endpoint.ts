import { ConfigurationError } from '@synod/core';

/** What an endpoint is for: a wildcard address can be bound, but not connected to. */
export type EndpointUse = 'bind' | 'connect';

const FORMS = {
  bind: 'tcp://<address or *>:<port>, tcp://[<IPv6>]:<port> or ipc://<path>',
  connect: 'tcp://<host>:<port>, tcp://[<IPv6>]:<port> or ipc://<path>',
};
const TCP = /^tcp:\/\/(\*|\[[0-9A-Fa-f:.%\w]+\]|[A-Za-z0-9_.-]+):(\*|\d{1,5})$/;
const ANY_ADDRESS = new Set(['*', '0.0.0.0', '[::]']);
/** `sun_path` of a UNIX domain socket, without its closing zero. */
const MAX_PATH_BYTES = 107;

const bad = (key: string, found: unknown, allowed: string): ConfigurationError =>
  new ConfigurationError('BAD_ENDPOINT', `zmqTransport: ${key} is ${JSON.stringify(found)}; allowed: ${allowed}`);

/** Throws `ConfigurationError` `BAD_ENDPOINT`, naming `key`, what was found and what is allowed. */
export const checkEndpoint = (key: string, endpoint: unknown, use: EndpointUse): void => {
  if (typeof endpoint !== 'string') throw bad(key, endpoint, FORMS[use]);
  if (endpoint.startsWith('ipc://')) {
    const path = ipcPath(endpoint)!;
    if (path === '' || path === '*' || Buffer.byteLength(path) > MAX_PATH_BYTES)
      throw bad(key, endpoint, `a path of 1 to ${MAX_PATH_BYTES} bytes after ipc://`);
    return;
  }
  const [, host, port] = TCP.exec(endpoint) ?? [];
  if (host === undefined || port === undefined) throw bad(key, endpoint, FORMS[use]);
  if (port !== '*' && Number(port) > 65_535) throw bad(key, endpoint, 'a port up to 65535');
  if (use === 'connect' && (ANY_ADDRESS.has(host) || port === '*' || Number(port) === 0))
    throw bad(key, endpoint, 'one address and port that can be connected to, no wildcard');
};

/** The path of an `ipc` endpoint. */
export const ipcPath = (endpoint: string): string | undefined => (endpoint.startsWith('ipc://') ? endpoint.slice(6) : undefined);

/** Names and IPv4 addresses resolve as IPv4; brackets ask for IPv6. */
export const isIpv6 = (endpoint: string): boolean => endpoint.startsWith('tcp://[');
