import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { NatsServer } from './support.js';

/** A client that subscribes and reads no more. Resolves when it has subscribed, with what ends it; the test's end does too. */
export const deaf = async ({ port }: Pick<NatsServer, 'port'>, subject: string): Promise<() => Promise<void>> => {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => {});
  const end = async (): Promise<void> => {
    if (socket.closed) return;
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  };
  onTestFinished(end);
  await once(socket, 'data');
  socket.write(`CONNECT {"verbose":false}\r\nSUB ${subject} 1\r\nPING\r\n`);
  await once(socket, 'data');
  socket.pause();
  return end;
};
