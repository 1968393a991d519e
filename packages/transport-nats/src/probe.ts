import { connect } from 'node:net';
import { hostAndPort } from './servers.js';

/** Whose turn it is to speak once the connection stands: the server, unless TLS comes first. */
export type FirstWord = 'server' | 'client';

/**
 * Resolves if somebody at this server says a line in time. The client leaves a connection open that it gives up, so it is not let at a
 * server that stands still.
 */
export const probe = (server: string, firstWord: FirstWord, timeout: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(hostAndPort(server));
    const end = (settle: () => void) => (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
      socket.removeAllListeners().on('error', () => {});
      socket.destroy();
      settle();
    };
    const fail = (message: string): (() => void) => end(() => reject(new Error(message)));
    const aborted = fail('stopped');
    const timer = setTimeout(fail(`no answer within ${timeout} ms`), timeout);
    signal.addEventListener('abort', aborted);
    const spoken = end(resolve);
    if (firstWord === 'client') socket.once('connect', spoken);
    // All of its first line: the client waits for that, too.
    else socket.on('data', (bytes) => void (bytes.includes('\n') && spoken()));
    socket.once('close', fail('the connection was closed'));
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.message || `connect ${error.code}`)());
  });
