import { describe, expect, test } from 'vitest';
import { Bench, say } from './bench.js';

const clock = () => {
  const bench = new Bench();
  const heard: string[] = [];
  const one = bench.add('one', (said, effects, context) => {
    heard.push(`${context.now()} ${said}`);
    const [verb, name, delay] = said.split(' ') as [string, string, string];
    if (verb === 'start') effects.startTimer(name, Number(delay), say(`${name} fired`));
    if (verb === 'stop') effects.stopTimer(name);
  });
  bench.start();
  const tell = (...texts: string[]): void => {
    bench.tell(one, ...texts);
    bench.run();
  };
  return { bench, tell, fired: () => heard.filter((line) => line.endsWith('fired')) };
};

describe('a timer', () => {
  test('brings its message to the actor itself, once, after the delay', () => {
    const { bench, tell, fired } = clock();
    tell('start x 10');
    bench.scheduler.runUntil(9);
    expect(fired()).toEqual([]);
    bench.scheduler.runUntil(1000);
    expect(fired()).toEqual(['10 x fired']);
  });

  test('replaces the one of the same name', () => {
    const { bench, tell, fired } = clock();
    tell('start x 10', 'start y 15');
    bench.scheduler.runUntil(5);
    tell('start x 10');
    bench.scheduler.runUntil(1000);
    expect(fired()).toEqual(['15 y fired', '15 x fired']);
  });

  test('that was stopped does not fire, and stopping one that does not run is nothing', () => {
    const { bench, tell, fired } = clock();
    tell('start x 10', 'start y 10', 'stop x', 'stop z');
    bench.scheduler.runUntil(1000);
    expect(fired()).toEqual(['10 y fired']);
  });

  test('may be started again once it has fired', () => {
    const { bench, tell, fired } = clock();
    tell('start x 10');
    bench.scheduler.runUntil(20);
    tell('start x 10');
    bench.scheduler.runUntil(1000);
    expect(fired()).toEqual(['10 x fired', '30 x fired']);
  });

  test('of one actor is not that of another by the same name', () => {
    const bench = new Bench();
    const roles = ['one', 'two'].map((role) =>
      bench.add(role, (said, effects) => {
        if (said === 'go') effects.startTimer('same', 5, say('fired'));
        if (said === 'stop') effects.stopTimer('same');
      }),
    );
    bench.start();
    for (const role of roles) bench.tell(role, 'go');
    bench.run();
    bench.tell(roles[0] as (typeof roles)[number], 'stop');
    bench.scheduler.runUntil(10);
    expect(bench.log.filter((line) => line.endsWith('fired'))).toEqual(['two < fired']);
  });

  test('does not fire once the node was halted', () => {
    const { bench, tell, fired } = clock();
    tell('start x 10');
    bench.system.halt();
    bench.scheduler.runUntil(1000);
    expect(fired()).toEqual([]);
  });
});
