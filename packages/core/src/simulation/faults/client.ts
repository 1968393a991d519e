import { between, type Delay } from '../delay.js';
import type { SeededRandom } from '../seeded-random.js';
import { all, type Fault } from './fault.js';

/** All clients have less patience: a deadline in ms, and if said, the time until they ask again. */
const impatience = (name: string, draw: (random: SeededRandom) => readonly [deadline: number, pace?: Delay]): Fault => ({
  name,
  kind: 'client',
  begin: (world, random) => {
    if (world.clients.length === 0) return undefined;
    const [deadline, pace] = draw(random);
    return all(world.clients.map((clients) => clients.hurry(deadline, pace)));
  },
});

/** Clients give up early. */
export const shortDeadlines: Fault = impatience('short deadline', (random) => [random.between(1, 200)]);

/** All clients ask at once, give up almost at once, and ask again. */
export const retryStorms: Fault = impatience('retry storm', (random) => [random.between(1, 30), between(0.1, random.between(1, 5))]);

/** A node outside the cluster, which only asks, dies and lives again. */
export const clientRestarts: Fault = {
  name: 'client restart',
  kind: 'client',
  begin: (world, random) => {
    const outside = world.up.filter((id) => !world.members.includes(id));
    if (outside.length === 0) return undefined;
    const id = random.pick(outside);
    world.crash(id, random.pick(['power cut', 'kill']));
    return () => world.restart(id);
  },
};

export const clientFaults: readonly Fault[] = [shortDeadlines, retryStorms, clientRestarts];
