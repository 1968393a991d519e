import { UnknownOutcomeError } from '@synod/core';
import { between, Nemesis, oneWayCuts, partitions, planFaults, rough } from '@synod/core/simulation';
import { catchError, type Observable, throwError } from 'rxjs';
import { expect, test } from 'vitest';
import { cluster } from './cluster.js';

test('a client whose outcome is unknown asks again in virtual time, and has the one result of what was executed once', () => {
  const { world, client, ids } = cluster({ seed: 1 });
  world.boot();
  world.runFor(2000);
  const host = world.host('c');
  client(host).submit$({ op: 'first' }).subscribe();
  world.runFor(500);
  // Its request arrives, and no answer does.
  for (const other of ['a', 'b']) world.network.cut(other, 'c');
  const told: unknown[] = [];
  let unknown: Observable<number> | undefined;
  client(host)
    .submit$({ op: 'x' }, { deadline: 300 })
    .subscribe({
      next: (result) => told.push(result),
      error: (error) => {
        told.push(error.code);
        unknown = (error as UnknownOutcomeError<number>).retry$({ deadline: 5000 });
      },
    });
  world.runFor(1000);
  expect(told).toEqual(['UNKNOWN_OUTCOME']);
  world.network.heal();
  world.runFor(5000);
  expect(told).toHaveLength(1);
  unknown?.subscribe((result) => told.push(result));
  world.runFor(5000);
  expect(told).toEqual(['UNKNOWN_OUTCOME', 1]);
  expect(ids.map((id) => world.host(id).replica.count)).toEqual([2, 2, 2]);
});

test('clients that ask again until they know are told of every command once, whatever the network does', () => {
  let retries = 0;
  for (let seed = 0; seed < 10; seed++) {
    const { world, client, ids } = cluster({ seed, network: rough });
    world.boot();
    world.runFor(2000);
    const again = (error: unknown): Observable<number> => {
      if (!(error instanceof UnknownOutcomeError)) return throwError(() => error);
      retries++;
      return (error as UnknownOutcomeError<number>).retry$({ deadline: 500 }).pipe(catchError(again));
    };
    const places: number[] = [];
    let refused = 0;
    const commands = 200;
    for (let i = 0; i < commands; i++)
      world.scheduler.schedule(() => {
        const submitted = client(world.host(world.random.pick(ids))).submit$({ op: `op ${i}` }, { deadline: 300 });
        submitted.pipe(catchError(again)).subscribe({ next: (place) => places.push(place), error: () => refused++ });
      }, i * 25);
    const faults = [partitions, oneWayCuts];
    const plan = planFaults(world.random.split('plan'), { faults, duration: 5000, pause: between(20, 500), lasts: between(50, 1500) });
    const nemesis = new Nemesis(world, faults, plan);
    world.runFor(5000);
    nemesis.stop();
    world.heal();
    expect(world.runUntil(() => places.length + refused === commands && world.agrees(), 20_000)).toBe(true);
    world.conclude();
    expect(new Set(places).size).toBe(places.length);
    expect(world.host('a').replica.count).toBe(places.length);
  }
  expect(retries).toBeGreaterThan(100);
});
