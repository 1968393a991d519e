import { type Effect, Effects } from '@synod/core';
import { SmallState } from '@synod/core/consensus';
import { expect, test } from 'vitest';

const bench = () => {
  const checkpoints: number[] = [];
  let state = 0;
  const effects = new Effects((effect: Effect) => {
    if (effect.effect !== 'checkpoint') return;
    expect(effect.then).toEqual({ kind: 'checkpointed' });
    const [bytes, ...more] = effect.state;
    expect(more).toEqual([]);
    checkpoints.push(bytes?.[0] as number);
  });
  const kept = new SmallState(effects, () => Uint8Array.of(state));
  const change = (to: number): void => {
    state = to;
    kept.persisted();
  };
  return { kept, change, checkpoints };
};

test('a checkpoint follows what is persisted', () => {
  const { change, checkpoints } = bench();
  change(1);
  expect(checkpoints).toEqual([1]);
});

test('what is persisted while a checkpoint is under way shares the next, which has the newest state', () => {
  const { kept, change, checkpoints } = bench();
  for (const to of [1, 2, 3]) change(to);
  expect(checkpoints).toEqual([1]);
  kept.checkpointed();
  expect(checkpoints).toEqual([1, 3]);
});

test('no checkpoint follows one since which nothing was persisted', () => {
  const { kept, change, checkpoints } = bench();
  change(1);
  kept.checkpointed();
  expect(checkpoints).toEqual([1]);
  change(2);
  expect(checkpoints).toEqual([1, 2]);
});
