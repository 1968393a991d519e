import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { SynodError } from '@synod/core';
import { Context, Dealer, Pull, Push, Router } from 'zeromq';
import type { CurveKeys } from './curve.js';
import { ipcPath, isIpv6 } from './endpoint.js';
import type { ZmqLimits } from './options.js';
import type { Entrance } from './zap.js';

/**
 * Frames between our queue and the network, per connection. ZeroMQ bounds by count alone, so a stalled peer holds this many frames
 * and `queueBytes`; below 256, waiting for its I/O thread costs throughput (measured: a sixth of 40,000 frames a second at 128).
 */
const SEND_HIGH_WATER_MARK = 256;
const RECEIVE_HIGH_WATER_MARK = 64;
/** A door has no queue of ours before it: one slow client must not hold up the others. */
const CLIENT_HIGH_WATER_MARK = 1_000;
const MIN_RECONNECT = 20;
const MAX_RECONNECT = 1_000;
const HANDSHAKE_TIMEOUT = 5_000;
const SILENT_HEARTBEATS = 5;
/** What CURVE adds to a message: command name, nonce, authenticator, flags. */
const CURVE_BYTES = 33;

/** A context's threads live until the process ends, so the next transport of the process takes over those of a stopped one. */
const idleContexts: Context[] = [];

export const takeContext = (ioThreads: number): Context => {
  const at = idleContexts.findIndex((context) => context.ioThreads === ioThreads);
  return at < 0 ? new Context({ ioThreads, blocky: false }) : idleContexts.splice(at, 1)[0]!;
};

/** Only once all its sockets are gone. */
export const returnContext = (context: Context): void => {
  idleContexts.push(context);
};

/** What all sockets of a transport have in common. */
export interface Shared {
  readonly context: Context;
  readonly limits: Required<ZmqLimits>;
  readonly curve: CurveKeys | undefined;
}

const common = ({ context, limits: { maxFrameBytes, heartbeat }, curve }: Shared, endpoint: string) => ({
  context,
  linger: 0,
  ipv6: isIpv6(endpoint),
  maxMessageSize: curve === undefined ? maxFrameBytes : maxFrameBytes + CURVE_BYTES,
  handshakeInterval: HANDSHAKE_TIMEOUT,
  heartbeatInterval: heartbeat,
  heartbeatTimeout: heartbeat * SILENT_HEARTBEATS,
  heartbeatTimeToLive: heartbeat * SILENT_HEARTBEATS,
});

/** The key of the node at the other end is set before connecting. */
const connecting = ({ curve }: Shared) => ({
  // Without it ZeroMQ queues for absent peers, and delivers what is stale.
  immediate: true,
  sendHighWaterMark: SEND_HIGH_WATER_MARK,
  reconnectInterval: MIN_RECONNECT,
  reconnectMaxInterval: MAX_RECONNECT,
  connectTimeout: HANDSHAKE_TIMEOUT,
  ...(curve && { curvePublicKey: curve.publicKey, curveSecretKey: curve.secretKey }),
});

const accepting = ({ curve }: Shared, entrance: Entrance) => ({
  backlog: 512,
  receiveHighWaterMark: RECEIVE_HIGH_WATER_MARK,
  // A CURVE server lets any key in that its ZAP handler does not refuse; `zapEnforceDomain`: nobody, without a handler.
  ...(curve && { curveServer: true, curveSecretKey: curve.secretKey, zapDomain: entrance, zapEnforceDomain: true }),
});

export const pullSocket = (shared: Shared, endpoint: string): Pull =>
  new Pull({ ...common(shared, endpoint), ...accepting(shared, 'bind') });

export const pushSocket = (shared: Shared, endpoint: string): Push => new Push({ ...common(shared, endpoint), ...connecting(shared) });

export const routerSocket = (shared: Shared, endpoint: string): Router =>
  new Router({
    ...common(shared, endpoint),
    ...accepting(shared, 'door'),
    sendHighWaterMark: CLIENT_HIGH_WATER_MARK,
    sendTimeout: 0,
    // A frame to a client that is gone is an error, not silence.
    mandatory: true,
    // A client that comes again under its name replaces its older connection.
    handover: true,
  });

export const dealerSocket = (shared: Shared, endpoint: string, self: string): Dealer =>
  new Dealer({
    ...common(shared, endpoint),
    ...connecting(shared),
    receiveHighWaterMark: RECEIVE_HIGH_WATER_MARK,
    // zeromq.js must not wait for room on a socket that also receives: looking for the one, it loses the wake-up for the other, and
    // the reply stays unread. At 0 it gives the frame back, and after every send it looks whether there is something to read.
    sendTimeout: 0,
    routingId: self,
  });

const REMEDIES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use; stop the other process (is this node running already?) or choose another endpoint',
  EADDRNOTAVAIL: 'this machine has no such address; use one of its own, or *',
  ENODEV: 'this machine has no such address; use one of its own, or *',
  EACCES: 'permission denied; choose a port above 1023, or a path that this user may write',
  ENOENT: 'the directory does not exist; create it',
};

const bindError = (key: string, endpoint: string, code: string, cause?: unknown): SynodError =>
  new SynodError('BIND_FAILED', `${key}: cannot listen at ${endpoint}: ${REMEDIES[code] ?? code}`, { cause });

/** ZeroMQ unlinks whatever is at an `ipc` path and takes its place: a running node, or a file that is no socket. */
const checkPath = async (key: string, endpoint: string, path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new SynodError('BIND_FAILED', `${key}: cannot listen at ${endpoint}: a file that is no socket is there`);
  const inUse = await new Promise<boolean>((resolve) => {
    const probe = connect(path, () => resolve(true)).once('error', () => resolve(false));
    probe.once('connect', () => probe.destroy());
  });
  if (inUse) throw bindError(key, endpoint, 'EADDRINUSE');
};

/** Rejects with `SynodError` `BIND_FAILED`, naming the option, the endpoint and what to do. */
export const bindSocket = async (key: string, socket: Pull | Router, endpoint: string): Promise<void> => {
  const path = ipcPath(endpoint);
  if (path !== undefined) await checkPath(key, endpoint, path);
  await socket.bind(endpoint).catch((error: { code?: string }) => {
    throw bindError(key, endpoint, error.code ?? String(error), error);
  });
};
