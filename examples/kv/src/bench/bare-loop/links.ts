import { Packr } from 'msgpackr';
import { Pull, Push } from 'zeromq';

const codec = new Packr({ useRecords: false });

export const encode = (value: unknown): Buffer => codec.pack(value);
export const decode = (bytes: Uint8Array): unknown => codec.unpack(bytes);

/** How the processes of the bare loop, each with a number, reach each other. */
export interface Links {
  /** Calls `received` with every part that comes to this number. */
  receive(to: number, received: (part: Buffer) => void): Promise<void>;
  /** Sends to this number; what gathers while a send is under way leaves together. */
  sender(to: number): (part: Buffer) => void;
}

/** Over ZeroMQ. `endpoints`: where each receives. */
export const socketLinks = (endpoints: readonly string[]): Links => ({
  async receive(to, received) {
    const socket = new Pull({ receiveHighWaterMark: 10_000 });
    await socket.bind(endpoints[to]!);
    void (async () => {
      for await (const parts of socket) for (const part of parts) received(part);
    })();
  },
  sender(to) {
    const socket = new Push({ linger: 0, sendHighWaterMark: 10_000 });
    socket.connect(endpoints[to]!);
    let gathered: Buffer[] = [];
    let busy = false;
    const pump = async (): Promise<void> => {
      while (gathered.length > 0) {
        const parts = gathered;
        gathered = [];
        await socket.send(parts);
      }
      busy = false;
    };
    return (part) => {
      gathered.push(part);
      if (busy) return;
      busy = true;
      queueMicrotask(() => void pump());
    };
  },
});

/** Within one process, in microtasks. */
export const localLinks = (): Links => {
  const receivers = new Map<number, (part: Buffer) => void>();
  return {
    async receive(to, received) {
      receivers.set(to, received);
    },
    sender: (to) => (part) => queueMicrotask(() => receivers.get(to)!(part)),
  };
};
