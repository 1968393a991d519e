import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RefusedError, type ReplicatedClient, UnknownOutcomeError } from '@synod/core';
import { of, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { FencedLedger } from '../../examples/lock-service/src/fenced-ledger.js';
import { LockClient } from '../../examples/lock-service/src/lock-client.js';
import { type Held, type LockCommand, type LockResult, LockTable } from '../../examples/lock-service/src/lock-table.js';

const at = (time: number, index = 0) => ({ time, index });
const acquire = (holder: string, lease = 100, lock = 'x') => ({ do: 'acquire', lock, holder, lease }) as const;

describe('the table of locks', () => {
  test('grants a lock to one, and tells others who has it and for how long', () => {
    const table = new LockTable();
    expect(table.apply(acquire('one'), at(1000))).toEqual({ is: 'granted', token: 1 });
    expect(table.apply(acquire('two'), at(1040))).toEqual({ is: 'taken', by: 'one', left: 60 });
    expect(table.query('x')).toEqual({ holder: 'one', token: 1, until: 1100 });
  });

  test('lets go of a lock when its lease is over, at a tick of the log if need be, and gives the next one a higher token', () => {
    const table = new LockTable();
    table.apply(acquire('one'), at(1000));
    expect(table.deadline()).toBe(1100);
    table.advance(1099);
    expect(table.query('x')).not.toBeNull();
    table.advance(1100);
    expect(table.query('x')).toBeNull();
    expect(table.deadline()).toBeUndefined();
    expect(table.apply(acquire('two'), at(1100))).toEqual({ is: 'granted', token: 2 });
  });

  test('renews and releases for the token that holds the lock, and tells any other that it is lost', () => {
    const table = new LockTable();
    table.apply(acquire('one'), at(1000));
    expect(table.apply({ do: 'renew', lock: 'x', token: 1, lease: 500 }, at(1050))).toEqual({ is: 'renewed' });
    // A deadline may come too early. It must not come too late.
    table.advance(1100);
    expect([table.query('x')?.until, table.deadline()]).toEqual([1550, 1550]);
    expect(table.apply({ do: 'release', lock: 'x', token: 1 }, at(1200))).toEqual({ is: 'released' });
    expect(table.apply({ do: 'renew', lock: 'x', token: 1, lease: 500 }, at(1200))).toEqual({ is: 'lost' });
    table.apply(acquire('two'), at(1200));
    expect(table.apply({ do: 'release', lock: 'x', token: 1 }, at(1200))).toEqual({ is: 'lost' });
  });

  test('is the same after a snapshot, and counts its tokens on', () => {
    const [table, other] = [new LockTable(), new LockTable()];
    table.apply(acquire('one'), at(1000));
    table.apply(acquire('two', 50, 'y'), at(1000));
    other.restore(table.snapshot());
    expect([...other.snapshot()]).toEqual([...table.snapshot()]);
    expect(other.deadline()).toBe(1050);
    expect(other.apply(acquire('three', 1, 'z'), at(1001))).toEqual({ is: 'granted', token: 3 });
  });

  test('takes neither a lease that is none nor a name that is none', () => {
    const table = new LockTable();
    expect(() => table.validate(acquire('one', 0))).toThrow('the lease is 0 ms; allowed is a whole number from 1');
    expect(() => table.validate(acquire('one', 1, ''))).toThrow('the lock is ""; allowed are');
    expect(() => table.validate({ do: 'release', lock: 'x', token: 1 })).not.toThrow();
  });
});

test('the ledger refuses a token below the highest that it has seen', () => {
  const ledger = new FencedLedger();
  const written = [2, 2, 1, 3].map((token) => ledger.write(token, `under ${token}`).accepted);
  expect(written).toEqual([true, true, false, true]);
  expect(ledger.lines).toEqual(['under 2', 'under 2', 'under 3']);
});

describe('the client of locks', () => {
  const answering = (...answers: (() => Promise<LockResult>)[]) => {
    const submitted: LockCommand[] = [];
    const client = {
      submit: (command: LockCommand) => {
        submitted.push(command);
        return answers.shift()!();
      },
    } as unknown as ReplicatedClient<LockCommand, LockResult, string, Held | null>;
    return { client, submitted };
  };
  const granted: LockResult = { is: 'granted', token: 7 };
  const patient = { lease: 1000, patience: 60_000 };

  test('asks again for an unknown outcome under its number, and submits nothing twice', async () => {
    const again = new UnknownOutcomeError<LockResult>('no answer', () => of(granted));
    const unknown = new UnknownOutcomeError<LockResult>('no answer', () => throwError(() => again));
    const { client, submitted } = answering(() => Promise.reject(unknown));
    expect(await new LockClient(client, 'one').acquire('x', patient)).toEqual({ lock: 'x', token: 7 });
    expect(submitted).toHaveLength(1);
  });

  test('submits anew what was refused, and asks anew for what somebody else holds', async () => {
    const why: string[] = [];
    const { client, submitted } = answering(
      () => Promise.reject(new RefusedError('UNAVAILABLE', 'nobody leads')),
      () => Promise.resolve({ is: 'taken', by: 'two', left: 5 }),
      () => Promise.resolve(granted),
    );
    const locks = new LockClient(client, 'one', { waiting: (reason) => why.push(reason) });
    expect(await locks.acquire('x', patient)).toEqual({ lock: 'x', token: 7 });
    expect(submitted).toHaveLength(3);
    expect(why).toEqual(['nobody leads', 'two holds it']);
  });

  test('says that it does not know once its patience is over', async () => {
    const unknown = new UnknownOutcomeError<LockResult>('no answer', () => of(granted));
    const { client } = answering(() => Promise.reject(unknown));
    await expect(new LockClient(client, 'one').acquire('x', { lease: 1000, patience: 0 })).rejects.toBe(unknown);
  });
});

test('the late write of a frozen holder is refused, after the leader was killed and the lock went to another', async () => {
  const program = fileURLToPath(new URL('../../examples/lock-service/dist/main.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program]).catch((error) => error);
  const inOrder = [
    /worker-1 is granted the lock for 2 s: token (\d+)/,
    /leader [abc] is killed/,
    /worker-2 is granted the lock for 2 s: token (\d+)/,
    /worker-1 writes under token \d+: REFUSED/,
    /told that it has lost the lock/,
    /worker-1 is granted the lock for 2 s: token (\d+)/,
    /The ledger holds\n {2}worker-1, .*\n {2}worker-2, .*\n {2}worker-1, .*\n$/,
  ];
  let from = 0;
  for (const expected of inOrder) {
    const found = expected.exec(stdout.slice(from));
    expect([expected, found]).toEqual([expected, expect.anything()]);
    from += found!.index;
  }
}, 130_000);
