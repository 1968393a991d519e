import { bytesOf, noise } from '../bytes.js';
import { check } from '../check.js';
import { type Life, record } from './life.js';
import type { Cases } from './trial.js';

const fill = async (life: Life, name: string): Promise<void> => {
  for (let i = 0; i < 5; i++) await life.append(record('g/acceptor', `${name} ${i}`), record('g/learner', `${name} ${i}`));
};

export const checkpointCases = (cases: Cases): void => {
  cases.rule('replaces the records that a checkpoint covers, and no others', async (trial) => {
    let life = await trial.open();
    await fill(life, 'first');
    await life.checkpoint('g/acceptor', 7, 'the state below 7, ', 'in two pieces');
    life = await trial.reopen();
    const found = [...(life.recovered.roles.get('g/acceptor')?.records ?? [])].length;
    check(found === 1, `of five records, four below position 7, a checkpoint that covers 7 leaves one; ${found} are found`);
    await fill(life, 'second');
    await trial.reopen();
  });

  cases.rule('finds the newest of several checkpoints of a role, and each role its own', async (trial) => {
    let life = await trial.open();
    for (const round of ['first', 'second', 'third']) {
      await fill(life, round);
      await life.checkpoint('g/acceptor', life.model.position, `acceptor, ${round}`);
      await life.checkpoint('g/learner', life.model.position - 3, `learner, ${round}`);
      life = await trial.reopen();
    }
    await life.checkpoint('h/acceptor', 0, 'of a role without records, covering nothing');
    await trial.reopen();
  });

  cases.rule('hands a checkpoint back in the pieces in which it was written', async (trial) => {
    const life = await trial.open();
    await fill(life, 'records');
    await life.checkpoint('g/learner', 10, ...Array.from({ length: 300 }, (_, i) => noise(1 + i, i)));
    await life.checkpoint('g/acceptor', 10, ...Array.from({ length: 20 }, (_, i) => noise(200_000, i)), 'the last');
    await trial.reopen();
  });

  cases.rule('takes a checkpoint of no pieces for a state like any other', async (trial) => {
    const life = await trial.open();
    await fill(life, 'before');
    await life.checkpoint('g/acceptor', 10);
    await life.append(record('g/acceptor', 'after'));
    await trial.reopen();
  });

  cases.rule('appends beside a checkpoint that is being written, and writes those of two roles side by side', async (trial) => {
    const life = await trial.open();
    await fill(life, 'before');
    const large = Array.from({ length: 64 }, (_, i) => noise(32_768, i));
    const written = Promise.all([life.checkpoint('g/acceptor', 10, ...large), life.checkpoint('g/learner', 8, ...large)]);
    // Whoever waits for it hears of its failure.
    written.catch(() => {});
    for (let i = 0; i < 20; i++) await life.append(record('g/acceptor', `beside ${i}`), record('g/learner', `beside ${i}`));
    await written;
    await trial.reopen();
  });

  cases.rule('keeps the older checkpoint when the state of the next cannot be had, and acknowledges nothing more', async (trial) => {
    const life = await trial.open();
    await fill(life, 'before');
    await life.checkpoint('g/acceptor', 6, 'the older');
    const broken = function* (): Generator<Uint8Array> {
      yield bytesOf('the beginning of the newer');
      throw new Error('no state');
    };
    await trial.waiting.failure('checkpoint fails if its state throws', () => life.storage.checkpoint('g/acceptor', 10, broken()));
    await life.refusesAll('after an error of checkpoint');
    await trial.reopen();
  });

  if (cases.subject.capabilities.durable)
    cases.rule('gives back the space of what checkpoints replaced', async (trial) => {
      const life = await trial.open();
      const { place } = trial;
      if (place.size === undefined) throw new Error('the subject is durable, and its place has no `size`');
      const megabyte = 1 << 20;
      const rounds = 32;
      for (let i = 0; i < rounds; i++) {
        await life.append(record('g/acceptor', noise(megabyte, i)));
        await life.checkpoint('g/acceptor', life.model.position, `all of round ${i}`);
      }
      let size = Number.POSITIVE_INFINITY;
      const measure = (): void => void place.size?.().then((bytes) => (size = bytes));
      await trial.waiting.until(
        `what checkpoints replaced gives its space back: of ${rounds} MiB less than half is left`,
        () => size < (rounds / 2) * megabyte,
        measure,
        () => `${size} bytes are left`,
      );
      await trial.reopen();
    });
};
