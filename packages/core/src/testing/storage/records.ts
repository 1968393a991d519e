import { noise } from '../bytes.js';
import { check } from '../check.js';
import { record } from './life.js';
import type { Cases } from './trial.js';

const ROLES = ['g/acceptor', 'g/learner', 'h/acceptor'];

export const recordCases = (cases: Cases): void => {
  cases.rule('says of itself what its subject says', async (trial) => {
    const { durable } = trial.place.storage().capabilities;
    check(durable === cases.subject.capabilities.durable, `capabilities.durable is ${durable}, and the subject says otherwise`);
  });

  cases.rule('is empty when new: position 0, the generation that it was given, no role', async (trial) => {
    const { recovered } = await trial.open();
    check(recovered.position === 0, `a new storage has position ${recovered.position}`);
    check(recovered.generation === 'generation 1', `a new storage takes the generation that it is given; it has ${recovered.generation}`);
    check(recovered.roles.size === 0, `a new storage has no roles; it has ${[...recovered.roles.keys()].join(', ')}`);
  });

  cases.rule('keeps the generation that it was given first', async (trial) => {
    for (let life = 0; life < 3; life++) {
      const { generation } = (await trial.reopen()).recovered;
      check(generation === 'generation 1', `life ${life} has ${generation}, and the storage was given generation 1 first`);
    }
  });

  cases.rule('finds the records of every role again, in the order of appending', async (trial) => {
    const life = await trial.open();
    for (let i = 0; i < 30; i++)
      await life.append(...Array.from({ length: 1 + (i % 5) }, (_, j) => record(ROLES[(i * j) % 3] as string, `batch ${i} record ${j}`)));
    await trial.reopen();
  });

  cases.rule('tells roles apart whatever their names are', async (trial) => {
    const life = await trial.open();
    const roles = ['g/a', 'g/ab', 'g/a/b', 'g', 'g/', '/a', 'G/a', 'g.a', 'g a', 'g%2Fa', 'ünï/cödé', '../escape', '__proto__/constructor'];
    for (let i = 0; i < 3; i++) await life.append(...roles.map((role) => record(role, `${role} has ${i}`)));
    for (const role of roles.slice(0, 6)) await life.checkpoint(role, life.model.position - 1, `the state of ${role}`);
    await trial.reopen();
  });

  cases.rule('counts positions on from life to life, without a gap', async (trial) => {
    for (let life = 0; life < 5; life++) {
      const { append, recovered } = await trial
        .reopen()
        .then((opened) => ({ append: opened.append.bind(opened), recovered: opened.recovered }));
      check(recovered.position === 3 * life, `after ${3 * life} records the position is ${recovered.position}`);
      await append(record('g/acceptor', `life ${life}`), record('g/learner', `life ${life}`));
      await append(record('g/acceptor', `life ${life} again`));
    }
  });

  cases.rule('takes an empty batch, which has no position', async (trial) => {
    const life = await trial.open();
    await life.append();
    await life.append(record('g/acceptor', 'one'));
    await life.append();
    const { recovered } = await trial.reopen();
    check(recovered.position === 1, `after one record and two empty batches the position is ${recovered.position}`);
  });

  cases.rule('keeps records of one byte up to 1 MiB unchanged, whatever their bytes are', async (trial) => {
    const life = await trial.open();
    const sizes = [1, 2, 63, 64, 127, 128, 255, 256, 511, 512, 513, 4_095, 4_096, 4_097, 65_535, 65_536, 1 << 20];
    for (const size of sizes) await life.append(record('g/acceptor', noise(size, size)));
    for (const byte of [0, 10, 255]) await life.append(record('g/learner', new Uint8Array(1_000).fill(byte)));
    await life.append(...sizes.map((size) => record('h/acceptor', noise(size, -size))));
    await trial.reopen();
  });

  cases.rule('keeps many small records', async (trial) => {
    const life = await trial.open();
    for (let i = 0; i < 20; i++)
      await life.append(...Array.from({ length: 500 }, (_, j) => record(ROLES[j % 3] as string, `batch ${i} record ${j}`)));
    const { recovered } = await trial.reopen();
    check(recovered.position === 10_000, `after 10,000 records the position is ${recovered.position}`);
  });
};
