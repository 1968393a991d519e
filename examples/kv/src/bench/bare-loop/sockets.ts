import { Packr } from 'msgpackr';
import { Pull, Push } from 'zeromq';

const codec = new Packr({ useRecords: false });

export const encode = (value: unknown): Buffer => codec.pack(value);
export const decode = (bytes: Uint8Array): unknown => codec.unpack(bytes);

/** Calls `received` with every part that comes in at the endpoint. */
export const receive = async (endpoint: string, received: (part: Buffer) => void): Promise<void> => {
  const socket = new Pull({ receiveHighWaterMark: 10_000 });
  await socket.bind(endpoint);
  void (async () => {
    for await (const parts of socket) for (const part of parts) received(part);
  })();
};

/** Sends to an endpoint; what gathers while a send is under way leaves as the parts of one message. */
export const sender = (endpoint: string): ((part: Buffer) => void) => {
  const socket = new Push({ linger: 0, sendHighWaterMark: 10_000 });
  socket.connect(endpoint);
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
};
