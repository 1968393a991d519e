import { StorageError } from '../../errors.js';
import { check, mustBe } from '../check.js';
import { Life, record } from './life.js';
import { Model } from './model.js';
import { type Cases, IDENTITY } from './trial.js';

export const refusalCases = (cases: Cases): void => {
  cases.rule('acknowledges nothing before open and after close', async (trial) => {
    const unopened = new Life(trial.place.storage(), { generation: '', position: 0, roles: new Map() }, new Model(), trial.waiting);
    await unopened.refusesAll('before open');
    await trial.waiting.end('close of a storage that was not opened completes', () => unopened.storage.close());
    const life = await trial.open();
    await life.append(record('g/acceptor', 'in time'));
    await trial.close();
    await life.refusesAll('after close');
    await trial.waiting.end('a second close completes', () => life.storage.close());
    const { recovered } = await trial.open();
    check(
      recovered.position === 1,
      `what was refused is not there: one record was acknowledged, and the position is ${recovered.position}`,
    );
  });

  cases.rule('is closed while it appends: what it acknowledged stays', async (trial) => {
    for (let i = 0; i < 5; i++) {
      const life = await trial.open();
      const appended = life.append(record('g/acceptor', `life ${i}`), record('g/learner', `life ${i}`)).catch(() => {});
      await Promise.all([appended, trial.close()]);
    }
    await trial.open();
  });

  cases.rule('is opened by one at a time: a second is refused, and the first goes on', async (trial) => {
    const life = await trial.open();
    await life.append(record('g/acceptor', 'before'));
    const what = 'open of data that are in use';
    for (let i = 0; i < 2; i++) {
      const error = await trial.waiting.failure(`${what} fails`, () => trial.place.storage().open(trial.identity()));
      mustBe(StorageError, error, what);
      await life.append(record('g/acceptor', 'after'));
    }
    await trial.reopen();
  });

  cases.rule('is opened by its own node alone: the data of another node or cluster are refused, and stay', async (trial) => {
    const life = await trial.open();
    await life.append(record('g/acceptor', 'mine'));
    await trial.close();
    for (const other of [{ node: 'b' }, { cluster: 'another' }, { node: 'A' }]) {
      const identity = { ...IDENTITY, ...other, newGeneration: 'another' };
      const what = `open of the data of ${JSON.stringify(IDENTITY)} as ${JSON.stringify({ ...IDENTITY, ...other })}`;
      const storage = trial.place.storage();
      const error = await trial.waiting.failure(`${what} fails`, () => storage.open(identity));
      mustBe(StorageError, error, what);
    }
    await trial.open();
  });

  if (!cases.subject.failing) return;

  for (const first of ['append', 'checkpoint'] as const)
    cases.rule(`acknowledges nothing more after an error of ${first}, and loses nothing`, async (trial) => {
      const life = await trial.open();
      for (let i = 0; i < 3; i++) await life.append(record('g/acceptor', `acknowledged ${i}`));
      await life.checkpoint('g/acceptor', 2, 'acknowledged');
      if (trial.place.fail === undefined) throw new Error('the subject says `failing`, and its place has no `fail`');
      await trial.place.fail();
      const work = async (): Promise<void> => {
        await life.refuses(first, 'when it cannot be written');
        await life.refusesAll(`after an error of ${first}`);
      };
      if (cases.subject.capabilities.durable) await trial.crashingIn(work);
      else await work();
    });
};
