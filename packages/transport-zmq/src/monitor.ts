import type { Event, Socket } from 'zeromq';

/** Completes when the socket and all below it (listener, connections) are gone, so that its port is free again. */
export const monitor = async (socket: Socket, on: (event: Event) => void): Promise<void> => {
  const observer = socket.events;
  // The last event, `end`, closes the observer.
  while (!observer.closed) on(await observer.receive());
};
