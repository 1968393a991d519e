import { noise } from '../bytes.js';
import { record } from './life.js';
import type { Cases } from './trial.js';

export const crashCases = (cases: Cases): void => {
  if (!cases.subject.capabilities.durable) return;

  cases.rule('finds every acknowledged record after a crash at any moment, and of the rest a prefix', async (trial) => {
    const life = await trial.open();
    const sizes = [10, 700, 3_000];
    for (let i = 0; i < 12; i++)
      await trial.crashingIn(() =>
        life.append(record('g/acceptor', noise(sizes[i % 3] as number, i)), record('g/learner', noise(sizes[(i + 1) % 3] as number, -i))),
      );
  });

  cases.rule('finds of a batch that a crash cut the whole, a part from its front, or nothing', async (trial) => {
    const life = await trial.open();
    await life.append(record('g/acceptor', 'before'));
    for (const [count, size] of [
      [200, 100],
      [20, 5_000],
      [1, 300_000],
    ] as const)
      await trial.crashingIn(() =>
        life.append(...Array.from({ length: count }, (_, i) => record(i % 3 ? 'g/acceptor' : 'g/learner', noise(size, i)))),
      );
  });

  cases.rule('finds the older checkpoint, and the records above it, when a crash interrupts the next', async (trial) => {
    const life = await trial.open();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 4; i++) await life.append(record('g/acceptor', noise(900, i)), record('g/learner', noise(50, i)));
      const pieces = Array.from({ length: 3 }, (_, i) => noise(40_000, 10 * round + i));
      await trial.crashingIn(() => life.checkpoint('g/acceptor', life.model.position - 2, ...pieces));
      await trial.crashingIn(() => life.append(record('g/acceptor', `after checkpoint ${round}`)));
    }
  });

  cases.rule('can be opened again when a crash interrupted its opening, first or later', async (trial) => {
    await trial.crashingIn(() => trial.open());
    for (let i = 0; i < 3; i++) {
      const life = await trial.reopen();
      await life.append(record('g/acceptor', noise(2_000, i)));
      await life.checkpoint('g/learner', i, `state ${i}`);
      await trial.close();
      await trial.crashingIn(() => trial.open());
    }
  });
};
