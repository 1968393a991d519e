import { SynodError } from '../../errors.js';
import { bytesOf } from '../bytes.js';
import { check, mustBe, tell } from '../check.js';
import { turn } from '../waiting.js';
import type { Probe } from './probe.js';
import type { Cases, Trial } from './trial.js';

const mustBeFalse = (probe: Probe, to: string, when: string): void => {
  let taken: boolean;
  try {
    taken = probe.transport.send(to, bytesOf(`${when} `));
  } catch (error) {
    throw new Error(`send ${when} returns false and never throws: it threw ${tell(error)}`, { cause: error });
  }
  check(!taken, `send ${when} returned true`);
};

/** Sends both ways, and goes on until told to stop. */
const load = (...pairs: [from: Probe, to: Probe][]): (() => Promise<void>) => {
  let running = true;
  const done = (async () => {
    while (running) {
      for (const [from, to] of pairs) for (let i = 0; i < 20; i++) from.transport.send(to.node, new Uint8Array(2_000));
      await turn();
    }
  })();
  // It is waited for at the end; until then nobody hears of its failure.
  done.catch(() => {});
  return async () => {
    running = false;
    await done;
  };
};

const settled = (trial: Trial, what: string, call: () => ReturnType<Probe['transport']['start']>) =>
  trial.waiting.end(what, call).then(
    () => undefined,
    (error: unknown) => error,
  );

export const lifecycleCases = (cases: Cases): void => {
  const nodes = ['a', 'b'];

  cases.rule('takes no frame before start and after stop', { nodes }, async (trial) => {
    const b = await trial.up('b');
    const a = trial.life('a');
    mustBeFalse(a, 'b', 'before start');
    await trial.start(a);
    await trial.meet(a, b, 'once started, frames arrive');
    await trial.stop(a);
    for (const to of ['b', 'a', 'nobody']) mustBeFalse(a, to, 'after stop');
    const heard = a.heard.length;
    for (let i = 0; i < 20; i++) b.transport.send('a', bytesOf('too late'));
    const next = await trial.up('a');
    await trial.meet(next, b, 'the next life is reached');
    check(a.heard.length === heard, 'after stop nothing arrives any more: the stopped life heard a frame');
    check(!b.hasHeard('before start ') && !b.hasHeard('after stop '), 'a frame that send did not take arrived');
  });

  cases.rule('may be started twice: the second start changes nothing', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    const error = await settled(trial, 'a second start of a transport ends', () => a.transport.start());
    if (error !== undefined) mustBe(SynodError, error, 'a second start that is refused');
    await trial.meet(a, b, 'after a second start frames arrive');
  });

  cases.rule('may be stopped twice', { nodes }, async (trial) => {
    const a = await trial.up('a');
    await Promise.all([trial.stop(a), trial.waiting.end('a second stop beside the first completes', () => a.transport.stop())]);
    await trial.waiting.end('a second stop after the first completes', () => a.transport.stop());
  });

  cases.rule('may be stopped before it was started, and is never started again', { nodes }, async (trial) => {
    const unused = trial.life('a');
    await trial.stop(unused);
    const used = await trial.up('a');
    await trial.stop(used);
    for (const [probe, when] of [
      [unused, 'before it was started'],
      [used, 'after it ran'],
    ] as const) {
      const what = `start of a transport that was stopped ${when}`;
      mustBe(SynodError, await trial.waiting.failure(`${what} fails`, () => probe.transport.start()), what);
    }
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    await trial.meet(a, b, 'the next life is reached');
  });

  cases.rule('leaves its place free if it is stopped while it starts', { nodes }, async (trial) => {
    const first = trial.life('a');
    const starting = settled(trial, 'start of a transport that is stopped meanwhile ends', () => first.transport.start());
    await trial.stop(first);
    await starting;
    mustBeFalse(first, 'b', 'after stop');
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    await trial.meet(a, b, 'the next life is reached');
  });

  cases.rule('refuses a second node of the same name while the first is up, and the first goes on', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    await trial.meet(a, b, 'frames arrive');
    const second = trial.life('a');
    const what = 'start of a node whose name is up already';
    mustBe(SynodError, await trial.waiting.failure(`${what} fails`, () => second.transport.start()), what);
    await trial.stop(second);
    await trial.meet(a, b, 'after a second node of its name was refused the first goes on');
    check(second.heard.length === 0, 'a node that was refused hears nothing');
  });

  cases.rule('stops under load, and nothing arrives afterwards', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    await trial.meet(a, b, 'frames arrive');
    const quiet = load([a, b], [b, a]);
    try {
      await trial.meet(a, b, 'frames arrive under load');
      await trial.stop(b);
      const heard = b.heard.length;
      await turn();
      await trial.stop(a);
      check(b.heard.length === heard, `after stop nothing arrives any more: ${b.heard.length - heard} frames did`);
    } finally {
      await quiet();
    }
  });

  cases.rule('stops at once while frames wait for peers that are absent', {}, async (trial) => {
    const a = await trial.up('a');
    for (let i = 0; i < 200; i++) for (const node of ['b', 'c']) a.transport.send(node, new Uint8Array(10_000));
    await trial.stop(a);
  });
};
