import type { MemoryNetwork, Transport } from '@synod/core';
import type { TransportNetwork, TransportSetting } from '@synod/core/testing';
import { Subject } from 'rxjs';
import { memoryTransports } from '../memory.js';

export const MAX_FRAME_BYTES = 1024 * 1024;

/** What a faulty transport may know of the others. */
export interface Surroundings extends TransportSetting {
  /** Nodes that stand still. */
  readonly stalled: Set<string>;
  /** The frames that every life of a node is handed, oldest first. */
  readonly inbound: Map<string, Subject<Uint8Array>[]>;
  readonly running: Map<string, Transport>;
  readonly memory: MemoryNetwork;
}

/** A transport that keeps the rules: the memory transport, with a limit that is quickly reached. A fault replaces parts of it. */
export type Fault = (sound: Transport, node: string, around: Surroundings) => Partial<Transport>;

const limited = (memory: Transport, node: string, { inbound, running }: Surroundings): Transport => {
  const heard = new Subject<Uint8Array>();
  const status = new Subject<Parameters<Parameters<Transport['status$']['subscribe']>[0] & object>[0]>();
  memory.inbound$.subscribe((frame) => heard.next(frame));
  memory.status$.subscribe((event) => status.next(event));
  inbound.set(node, [...(inbound.get(node) ?? []), heard]);
  const transport: Transport = {
    inbound$: heard,
    status$: status,
    capabilities: { maxFrameBytes: MAX_FRAME_BYTES, clients: true },
    start: () => {
      const started = memory.start();
      running.set(node, transport);
      return started;
    },
    send: (to, frame) => {
      if (frame.length <= MAX_FRAME_BYTES) return memory.send(to, frame);
      if (running.get(node) === transport)
        queueMicrotask(() => status.next({ status: 'dropped', node: to, count: 1, reason: 'too large' }));
      return false;
    },
    stop: () => memory.stop(),
    unwrap: () => memory,
  };
  return transport;
};

export const faultyNetwork = async (setting: TransportSetting, fault: Fault): Promise<TransportNetwork> => {
  const sound = await memoryTransports.create(setting);
  const around: Surroundings = {
    ...setting,
    stalled: new Set(),
    inbound: new Map(),
    running: new Map(),
    memory: sound.transport(setting.nodes[0] as string).unwrap() as MemoryNetwork,
  };
  return {
    ...sound,
    transport: (node) => {
      const transport = limited(sound.transport(node), node, around);
      return { ...transport, ...fault(transport, node, around) };
    },
    stall: async (node) => {
      const resume = await sound.stall(node);
      around.stalled.add(node);
      return async () => {
        around.stalled.delete(node);
        await resume();
      };
    },
  };
};
