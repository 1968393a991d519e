import { type Actor, decorate, type Envelope, type Message } from '@synod/core';
import { between, crashes, InvariantViolation, Nemesis, planFaults, rough } from '@synod/core/simulation';
import { map, tap } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { type Epoch, lastOf } from '../../packages/core/src/consensus/enrolment/epochs.js';
import type { AcceptorMessage } from '../../packages/core/src/consensus/multi-paxos/messages.js';
import { type ClusterSetting, cluster } from './cluster.js';

/** ms after which a copy is told from data that was in use meanwhile. */
const EPOCH = 30_000;

/** An acceptor that takes whatever others have on record of it for what its data knows: an old copy votes, too. */
const trustsItsData = () =>
  decorate('acceptor', (actor: Actor) => (mailbox$, context) => {
    let recorded: Epoch;
    const agreed = (said: Envelope): Envelope => ({ ...said, message: { ...said.message, recorded } as Message });
    return actor(mailbox$.pipe(map((said) => (said.message.kind === 'enrolled' ? agreed(said) : said))), context).pipe(
      tap((effect) => {
        const said = effect.effect === 'send' ? (effect.message as AcceptorMessage) : undefined;
        if (said?.kind === 'enrol') recorded = lastOf(said.epochs);
      }),
    );
  });

/**
 * The disk of b is copied, and used on for more than an epoch. Then a and b alone choose some more, and die; and b comes back on
 * the copy, with c, which knows of nothing that those two chose.
 */
const putBack = (setting: ClusterSetting) => {
  const made = cluster(setting);
  const { world, clients } = made;
  const { disk } = world.host('b');
  world.boot();
  const workload = clients({ reads: 300, deadline: 2000 });
  world.runFor(2000);
  const copy = disk.copy();
  world.runFor(EPOCH + 2000);
  const unite = world.network.partition(['a', 'b'], ['c']);
  world.runFor(2000);
  for (const id of ['a', 'b']) world.crash(id);
  unite();
  const newest = disk.copy();
  disk.restore(copy);
  world.restart('b');
  world.runFor(5000);
  return { ...made, workload, disk, newest };
};

describe('an old copy of a disk that is put back', () => {
  test('is refused, however often it is started; the others serve, and it does with its newest data', () => {
    for (let seed = 0; seed < 4; seed++) {
      const { world, workload, disk, newest, status, ids } = putBack({ seed });
      expect([seed, Object.keys(world.failures)]).toEqual([seed, ['OLD_DATA']]);
      world.restart('a');
      world.runFor(3000);
      const served = workload.count('done');
      world.runFor(2000);
      expect(workload.count('done')).toBeGreaterThan(served + 20);
      expect(world.failures.OLD_DATA).toBeGreaterThan(5);
      world.crash('b');
      disk.putRight(newest);
      const before = { ...world.failures };
      world.restart('b');
      world.runFor(2000);
      workload.stop();
      expect(world.runUntil(() => workload.pending === 0 && world.agrees(), 10_000)).toBe(true);
      expect(world.failures).toEqual(before);
      expect(ids.map((id) => status(id).admitted)).toEqual([true, true, true]);
      world.conclude();
    }
  });

  test.each(['Agreement', 'SlotAgreement', 'Linearizable'])('would else break %s', (invariant) => {
    const violated = (seed: number): boolean => {
      try {
        const { world } = putBack({ seed, only: [invariant], parts: () => [trustsItsData()] });
        world.restart('a');
        world.runFor(5000);
      } catch (error) {
        if (error instanceof InvariantViolation && error.code === invariant) return true;
        throw error;
      }
      return false;
    };
    expect([0, 1, 2, 3, 4].some(violated)).toBe(true);
  });
});

describe('nodes that start', () => {
  test('again and again, on a network that loses, doubles and delays, are never taken for copies of themselves', {
    timeout: 240_000,
  }, () => {
    let starts = 0;
    for (let seed = 0; seed < 12; seed++) {
      const { world, clients, ids, status } = cluster({
        seed,
        size: seed % 2 === 0 ? 3 : 5,
        network: { ...rough, loss: 200, duplication: 200 },
      });
      world.boot();
      const workload = clients({ deadline: 2000 });
      const faults = [crashes];
      const plan = planFaults(world.random.split('plan'), { faults, duration: 5000, pause: between(1, 60), lasts: between(1, 150) });
      const nemesis = new Nemesis(world, faults, plan);
      world.runFor(5000);
      nemesis.stop();
      world.heal();
      workload.stop();
      // Frames of their former lives arrive for another ten seconds.
      expect(world.runUntil(() => workload.pending === 0 && world.agrees(), 15_000)).toBe(true);
      world.runFor(15_000);
      for (const id of ids) {
        expect([seed, id, status(id).admitted]).toEqual([seed, id, true]);
        starts += status(id).epoch as number;
      }
      world.conclude();
    }
    expect(starts).toBeGreaterThan(1200);
  });

  test('all at once after a blackout serve again, and so do any two of three', () => {
    for (const [seed, back] of [
      ['a', 'b', 'c'],
      ['a', 'b'],
      ['b', 'c'],
      ['a', 'c'],
    ].entries()) {
      const { world, clients, ids, status } = cluster({ seed });
      world.boot();
      world.runFor(2000);
      for (const id of ids) world.crash(id);
      const workload = clients({ nodes: back });
      for (const id of back) world.restart(id);
      world.runFor(100);
      expect(back.map((id) => status(id).admitted)).toEqual(back.map(() => true));
      world.runFor(2000);
      expect([back, workload.count('done') > 50]).toEqual([back, true]);
      workload.stop();
    }
  });
});
