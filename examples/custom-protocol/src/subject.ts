import { colocated, group, type Phrasebook } from '@synod/core';
import { register, type Subject, type Workload } from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';
import type { ContainerModule } from 'inversify';
import type { AtomicRegisterClient } from './client.js';
import { atomicRegisterCoverage, tagOrder } from './invariants.js';
import { atomicRegister } from './protocol.js';

/** Clients read as often as they write; what each writes is its own, so that a value tells who wrote it. */
const workload: Workload<AtomicRegisterClient<string>> = {
  next: (random, id) => (random.chance(500) ? { op: 'read' } : { op: 'write', arg: id }),
  ask: (client, { op, arg }, deadline) => (op === 'read' ? client.read$({ deadline }) : client.write$(String(arg), { deadline })),
  readResult: (told) => told ?? null,
  probe: (id) => ({ op: 'write', arg: id }),
};

/** How a transcript says its messages. */
const phrasebook: Phrasebook = {
  messages: { query: 'what do you hold?', held: 'I hold {tag}', store: 'hold {tag}', stored: 'I hold it, or something newer' },
  routine: { messages: ['enrol', 'enrolled'] },
};

/** The register on trial; `parts` may change it, as a planted bug does. */
export const atomicRegisterOn = (
  nodes: readonly string[],
  ...parts: readonly ContainerModule[]
): Subject<AtomicRegisterClient<string>> => ({
  topology: colocated(nodes),
  group: () => group('config', atomicRegister<string>({ retry: 50 }), ...parts),
  storage: ({ disk }) => logStorage({ disk, segmentBytes: 4096 }),
  workload,
  model: register<string | null>(null),
  phrasebook,
  invariants: [tagOrder],
  coverage: atomicRegisterCoverage,
  clientNodes: ['outside'],
});
