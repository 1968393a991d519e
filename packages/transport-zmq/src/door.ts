import type { Tally } from '@synod/core';
import type { Router } from 'zeromq';

const NODE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The clients that came in at this server's door, learnt from their frames, the first of which is empty; least recently heard first. */
export class Door {
  readonly #clients = new Map<string, Buffer>();
  readonly #socket: Router;
  readonly #maxClients: number;
  /** Listed nodes come in at `bind`; a client under one of their names is refused. */
  readonly #listed: ReadonlySet<string>;
  readonly #tally: Tally;

  constructor(socket: Router, maxClients: number, listed: ReadonlySet<string>, tally: Tally) {
    this.#socket = socket;
    this.#maxClients = maxClients;
    this.#listed = listed;
    this.#tally = tally;
  }

  /** Remembers who sent it; the frame, or undefined if it is refused, or empty: a client says so that it is there. */
  admit([id, frame, ...more]: readonly Buffer[]): Uint8Array | undefined {
    const client = id!.toString('latin1');
    if (frame === undefined || more.length > 0 || !NODE_ID.test(client)) this.#tally.refused('at the door: not a frame of a client');
    else if (this.#listed.has(client)) this.#tally.refused(`at the door: a client under the name of the listed node ${client}`);
    else {
      this.#clients.delete(client);
      this.#clients.set(client, id!);
      if (this.#clients.size > this.#maxClients) this.#clients.delete(this.#clients.keys().next().value!);
      if (frame.length > 0) return frame;
    }
    return undefined;
  }

  /** False if no client of that name is known. */
  send(client: string, frame: Uint8Array): boolean {
    const id = this.#clients.get(client);
    if (id === undefined) {
      this.#tally.dropped(client, 'unknown node');
      return false;
    }
    try {
      this.#socket.send([id, frame]).catch((error: { code?: string }) => this.#failed(client, error.code));
      return true;
    } catch (error) {
      this.#failed(client, (error as { code?: string }).code);
      return false;
    }
  }

  close(): void {
    this.#clients.clear();
    this.#socket.close();
  }

  #failed(client: string, code: string | undefined): void {
    if (code === 'EAGAIN') return this.#tally.dropped(client, 'queue full');
    this.#clients.delete(client);
    this.#tally.dropped(client, code === 'EHOSTUNREACH' ? 'client gone' : `the socket failed: ${code}`);
  }
}
