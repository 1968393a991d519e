import { colocated, MemoryNetwork, memoryStorage, memoryTransport, RefusedError, startNode, UnknownOutcomeError } from '@synod/core';
import { filter, firstValueFrom } from 'rxjs';
import { LostAnswers, Meter } from './observed.js';
import { sell, type Tickets, tickets } from './tickets.js';

const ids = ['north', 'south', 'west'];
const network = new MemoryNetwork();
const meter = new Meter();
const lostAnswers = new LostAnswers();
const nodes = await Promise.all(
  ids.map((self) =>
    startNode(
      { self, cluster: colocated(ids) },
      memoryTransport(network),
      memoryStorage(),
      meter.part,
      ...(self === 'west' ? [lostAnswers.part] : []),
      tickets,
    ),
  ),
);
const [north, south, west] = nodes.map((node) => node.of(tickets)) as [Tickets, Tickets, Tickets];
const offices = [north, south, west];

/** What became of a change, in a word or two. */
const outcomeOf = (change: Promise<unknown>): Promise<string> =>
  change.then(
    () => 'done',
    (error) => {
      if (error instanceof UnknownOutcomeError) return 'unknown';
      if (error instanceof RefusedError) return `${error.code}: ${error.message}`;
      throw error;
    },
  );

const tally = (outcomes: readonly string[]): string =>
  [...new Set(outcomes)]
    .sort()
    .map((outcome) => `${outcomes.filter((other) => other === outcome).length} ${outcome}`)
    .join(', ');

const tell = (what: string, found: unknown): void => console.log(`${what.padEnd(64)}  ${found}`);

// No log, and no leader: each office writes through its own node.
const opened = await Promise.all(offices.map((office, i) => office.setOnce('friday', { left: 20, price: 30 + i })));
tell('three offices open friday at once; versions they are told of', new Set(opened.map(({ version }) => version)).size);

const sales = Array.from({ length: 30 }, (_, i) => outcomeOf((offices[i % 3] as Tickets).change('friday', sell(1))));
tell('30 sales of one ticket each, of 20, at three offices at once', tally(await Promise.all(sales)));
tell(
  'tickets left, read at each office',
  (await Promise.all(offices.map((office) => office.read('friday')))).map(({ value }) => value?.left),
);

const before = await north.setOnce('saturday', { left: 50, price: 30 });
const repriced = [north, south].map((office, i) =>
  outcomeOf(office.compareAndSet('saturday', before.version, { left: 50, price: 40 + i })),
);
tell(
  'two set another price, each if it is still the version they saw',
  (await Promise.all(repriced)).map((outcome) => outcome.split(':')[0]).sort(),
);

// A proposer that made the last change of a key has the promises for its next one already.
await south.setOnce('sunday', { left: 100, price: 30 });
for (const [what, office] of [
  ['first change at another office', north],
  ['the next one there', north],
  ['a change at the third office', south],
] as const) {
  meter.take();
  await office.change('sunday', sell(1));
  const { prepares, accepts } = meter.take();
  tell(`sunday, ${what}`, `${prepares === 0 ? 'phase 2 alone: one round trip' : 'phase 1 first'} (${prepares} prepare, ${accepts} accept)`);
}

// What was never proposed did not happen. What was proposed, and not answered, may have.
const short = { deadline: 1000 };
lostAnswers.lose('promise', 'accepted');
tell(
  'a change at west, to which no promise comes back',
  await outcomeOf(west.change('monday', () => ({ left: 9, price: 30 }), undefined, short)),
);
lostAnswers.lose('accepted');
const asked = west.change('monday', () => ({ left: 10, price: 30 }), undefined, short);
tell('a change at west, to which no vote comes back', await outcomeOf(asked));
tell('what north reads then', JSON.stringify((await north.read('monday')).value));
lostAnswers.lose();
const again = await asked.catch((error: UnknownOutcomeError<{ value: unknown }>) => error.retry());
tell('west asks again what became of it: nothing happens twice', JSON.stringify(again.value));

await north.delete('monday');
const gone = nodes.map((node) => firstValueFrom(node.status$.pipe(filter(({ groups }) => groups.tickets?.keys === 3))));
await Promise.all(gone);
tell(
  'keys that acceptors keep once monday is deleted',
  nodes.map((node) => node.status().groups.tickets?.keys),
);
tell('what west reads then', JSON.stringify(await west.read('monday')));
await Promise.all(nodes.map((node) => node.stop()));
