import { decorate, type Effect, multiPaxosPhrases, story, type TracedEvent, transcriptOf } from '@synod/core';
import { always, type NodeParts } from '@synod/core/simulation';
import { map } from 'rxjs';
import { expect, test } from 'vitest';
import { cluster } from './cluster.js';

/** Forming the cluster is another story, and so is how clients are served. */
const RULES: readonly string[] = ['stand', 'lead', 'promise', 'vote', 'choose', 'apply'];
const MESSAGES: readonly string[] = ['probe', 'probed', 'prepare', 'promise', 'nack', 'accept', 'accepted', 'reply'];

/** Every message takes 1 ms and every disk as long as the others: who is first depends on nothing but the protocol. */
const EVEN = {
  network: { delay: always(1), late: always(1), loss: 0, duplication: 0, reordering: 0 },
  disk: { name: always(0.1), read: always(0.1), write: always(0.1), sync: always(0.5) },
};

/** Who stands when, ms later than it would: a first, then b, and c only long after. */
const PATIENCE: Readonly<Record<string, number>> = { a: 0, b: 1000, c: 10_000 };

const laterBy = (ms: number, effect: Effect): Effect =>
  effect.effect === 'startTimer' && effect.name === 'election' ? { ...effect, delay: effect.delay + ms } : effect;

const tellStory = (seed: number): string => {
  const inTurn = ({ id }: NodeParts) => [
    decorate(
      'leader',
      (actor) => (mailbox$, context) => actor(mailbox$, context).pipe(map((effect) => laterBy(PATIENCE[id] ?? 0, effect))),
    ),
  ];
  const { world, clients, leaders } = cluster({ seed, parts: inTurn, ...EVEN });
  const events: TracedEvent[] = [];
  world.trace.sink = (event) => events.push(event);
  world.boot();
  expect(world.runUntil(() => leaders().includes('a'), 5000)).toBe(true);
  // Until what chose a leader has come to rest.
  world.runFor(50);
  const client = clients({ clients: 0 });
  client.ask('a');
  expect(world.runUntil(() => client.pending === 0, 1000, 0.1)).toBe(true);
  // Before anybody else has learned that the command is chosen.
  world.crash('a');
  expect(world.runUntil(() => leaders().includes('b'), 5000)).toBe(true);
  world.runFor(20);
  const told = story(multiPaxosPhrases);
  const matters = ({ event, role, message }: TracedEvent): boolean =>
    message === undefined ? role === undefined || RULES.includes(event) : MESSAGES.includes((message as { kind: string }).kind);
  const shows = (event: TracedEvent): boolean => told(event) && matters(event);
  const lines = transcriptOf(events, { phrasebook: multiPaxosPhrases, shows });
  // Without the times: timeouts are drawn.
  return `${lines.map((line) => line.slice(12)).join('\n')}\n`;
};

/**
 * The file beside this one is what a reader should see: read it as a text. If a change of the protocol changes the story, and the
 * new one is right, `npx vitest run test/simulation/story.test.ts -u` writes it anew; read the difference before it is committed.
 */
test('three nodes elect a leader, execute a command, and lose the leader, and the next one finds what was chosen', async () => {
  await expect(tellStory(1)).toMatchFileSnapshot('story.txt');
  // It is the protocol's story, and not that of a seed.
  for (const seed of [2, 3, 7]) expect(tellStory(seed)).toBe(tellStory(1));
});
