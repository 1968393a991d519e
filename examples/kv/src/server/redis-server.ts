import { createServer, type Server, type Socket } from 'node:net';
import type { Backend } from './backend.js';
import { Connection } from './connection.js';
import { Door } from './door.js';
import { LIMITS } from './limits.js';

/** ms for a client to fetch its last replies when the server closes. */
const FAREWELL = 200;

export interface ListenAt {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/** Speaks RESP2 to Redis clients in front of the replicated store. */
export class RedisServer {
  readonly #door: Door;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(backend: Backend) {
    this.#door = new Door(backend);
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Resolves with the port. Rejects with what the system said: `EADDRINUSE` if somebody else listens there. */
  listen({ host, port }: ListenAt): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        this.#door.port = typeof address === 'object' && address !== null ? address.port : port;
        resolve(this.#door.port);
      });
    });
  }

  /** Takes no more clients, and lets go of those that are there. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) {
      socket.end();
      setTimeout(() => socket.destroy(), FAREWELL);
    }
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= LIMITS.connections) {
      socket.on('error', () => socket.destroy());
      socket.end('-ERR max number of clients reached\r\n');
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    new Connection(this.#door, socket);
  }
}
