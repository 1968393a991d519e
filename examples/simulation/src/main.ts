import { colocated, group, multiPaxos, type ReplicatedClient, state } from '@synod/core';
import { allFaults, type Model, multiPaxosInvariants, rough, simulate, type Workload } from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';

// What is tried: seats, each for whoever books it first.
type Booking = { seat: string; who: string };
const booking = group(
  'booking',
  multiPaxos(),
  state({
    initial: {} as Record<string, string>,
    apply: (taken, { seat, who }: Booking) => {
      taken[seat] ??= who;
      return taken[seat];
    },
    query: (taken, seat: string) => taken[seat] ?? null,
  }),
);

// What clients do with it.
const workload: Workload<ReplicatedClient<Booking, string, string, string | null>> = {
  next: (random, id) => {
    const key = `seat ${random.below(100)}`;
    return random.chance(300) ? { op: 'look', key } : { op: 'book', key, arg: id };
  },
  ask: (client, { op, key = '', arg }, deadline) =>
    op === 'look' ? client.query$(key, { deadline }) : client.submit$({ seat: key, who: String(arg) }, { deadline }),
  probe: (id) => ({ op: 'book', key: 'seat 0', arg: id }),
};

// What clients may see: the promise once more, for one seat, as if there were no cluster.
const model: Model<string | null> = {
  initial: null,
  step: (owner, { op, arg }) => {
    const next = owner ?? (op === 'book' ? String(arg) : null);
    return { state: next, result: next };
  },
  readOnly: ({ op }) => op === 'look',
  partition: ({ key }) => key,
};

const topology = colocated(['a', 'b', 'c']);
for (let seed = 1; seed <= 10; seed++) {
  await new Promise(setImmediate);
  const { verdict, operations, hash } = simulate({
    seed,
    topology,
    group: () => booking,
    storage: ({ disk }) => logStorage({ disk, segmentBytes: 65_536 }),
    workload,
    model,
    invariants: multiPaxosInvariants({ topology }),
    faults: allFaults,
    network: rough,
  });
  console.log(`seed ${seed}: ${verdict.verdict}, ${operations.length} operations, trace ${hash}`);
  if (verdict.verdict !== 'passed') {
    console.error(verdict);
    process.exitCode = 1;
  }
}
