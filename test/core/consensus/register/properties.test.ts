import { counts, MalformedError, msgpack, sets } from '@synod/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { erase, keep, recoverAcceptor, registerRecord } from '../../../../packages/core/src/consensus/register/acceptor-log.js';
import { Operation } from '../../../../packages/core/src/consensus/register/operation.js';
import { Phase1, Phase2 } from '../../../../packages/core/src/consensus/register/round.js';
import {
  decodeState,
  encodeState,
  NO_STATE,
  REMEMBERED,
  type RegisterState,
  Versions,
} from '../../../../packages/core/src/consensus/register/state.js';

const PROPOSERS = ['a', 'b', 'c'];
const versions = new Versions(PROPOSERS);
const round = fc.integer({ min: 1, max: 2 ** 40 });
const ballot = fc.record({ round, node: fc.constantFrom(...PROPOSERS) });
const bytes = fc.uint8Array({ maxLength: 50 });

const state: fc.Arbitrary<RegisterState> = fc
  .array(fc.tuple(ballot, fc.option(bytes, { nil: undefined })), { maxLength: 30 })
  .map((changes) =>
    changes
      .map(([at, value]) => ({ version: versions.at(at), value }))
      .toSorted((one, other) => one.version - other.version)
      .filter(({ version }, i, all) => version !== all[i - 1]?.version)
      .reduce((made: RegisterState, { version, value }) => versions.changed(made, value, version), NO_STATE),
  );

test('a state is the same after it travelled', () => {
  fc.assert(
    fc.property(state, (made) => {
      expect(decodeState(encodeState(made))).toEqual(made);
    }),
  );
});

test('bytes that are no state are refused, or are one', () => {
  fc.assert(
    fc.property(bytes, (some) => {
      try {
        decodeState(some);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedError);
      }
    }),
  );
});

test('versions are in the order of their ballots', () => {
  fc.assert(
    fc.property(ballot, ballot, (one, other) => {
      const order = one.round - other.round || (one.node < other.node ? -1 : one.node > other.node ? 1 : 0);
      expect(Math.sign(versions.at(one) - versions.at(other))).toBe(Math.sign(order));
    }),
  );
});

test('a state remembers the last changes of each proposer, and no more', () => {
  fc.assert(
    fc.property(state, ({ applied }) => {
      for (let i = 0; i < PROPOSERS.length; i++)
        expect(applied.filter((version) => version % PROPOSERS.length === i).length).toBeLessThanOrEqual(REMEMBERED);
      expect(applied).toEqual(applied.toSorted((one, other) => one - other));
    }),
  );
});

describe('an operation', () => {
  /** What happens between two attempts of `a`: each is found by the next attempt or lost, and others change what is there. */
  const attempts = fc.array(fc.record({ found: fc.boolean(), others: fc.integer({ min: 0, max: 12 }) }), { minLength: 1, maxLength: 8 });

  test('changes what is there once at most, whichever of its attempts are found', () => {
    fc.assert(
      fc.property(attempts, (rounds) => {
        const codec = msgpack<unknown>();
        let runs = 0;
        const own = new Operation({ change: (value) => [...((value ?? []) as string[]), `own ${++runs}`], query: (value) => value }, codec);
        let there = NO_STATE;
        let at = 0;
        for (const { found, others } of rounds) {
          const decision = own.decide(there, versions.at({ round: ++at, node: 'a' }), versions);
          if (decision === undefined) throw new Error('it must be told: no other change of this proposer came between');
          if (found) there = decision.state;
          for (let i = 0; i < others; i++) {
            const other = new Operation({ change: (value) => [...((value ?? []) as string[]), 'other'], query: () => 0 }, codec);
            there = other.decide(there, versions.at({ round: ++at, node: i % 2 === 0 ? 'b' : 'c' }), versions)?.state as RegisterState;
          }
        }
        const value = there.value === undefined ? [] : (codec.decode(there.value) as string[]);
        expect(value.filter((word) => word.startsWith('own')).length).toBe(rounds.some(({ found }) => found) ? 1 : 0);
      }),
    );
  });
});

describe('rounds', () => {
  const members = ['a', 'b', 'c', 'd', 'e'];
  const quorum = counts({ phase1: 4, phase2: 2 })(members);
  const order = fc.shuffledSubarray(members, { minLength: 5 });

  test('phase 1 goes on from the vote at the highest ballot of a quorum, in whatever order they answer', () => {
    fc.assert(
      fc.property(order, fc.array(ballot, { minLength: 5, maxLength: 5 }), (nodes, ballots) => {
        const tally = new Phase1(quorum);
        const answers = nodes.map((node, i) => tally.promise(node, { accepted: ballots[i]!, state: Uint8Array.of(i) }));
        expect(answers.slice(0, 3)).toEqual([undefined, undefined, undefined]);
        const highest = Math.max(...ballots.slice(0, 4).map((at) => versions.at(at)));
        expect(versions.at(ballots[answers[3]![0]!]!)).toBe(highest);
      }),
    );
  });

  test('a repeated answer counts once', () => {
    const tally = new Phase2(quorum, { round: 2, node: 'a' });
    for (let i = 0; i < 3; i++) tally.accepted('a', { next: { round: 2, node: 'a' } });
    expect(tally.chosen).toBe(false);
  });

  test('the next ballot is prepared by a quorum of both phases that has promised it, and by nothing less', () => {
    fc.assert(
      fc.property(order, fc.integer({ min: 0, max: 5 }), (nodes, promising) => {
        const next = { round: 2, node: 'a' };
        const derived = sets({
          phase1: [
            ['a', 'b'],
            ['c', 'd', 'e'],
          ],
          phase2: [
            ['a', 'c'],
            ['b', 'd'],
          ],
        })(members);
        const tally = new Phase2(derived, next);
        for (const [i, node] of nodes.entries()) tally.accepted(node, { next: i < promising ? next : { round: 0, node: '' } });
        expect(tally.prepared).toBe(derived.isPhase1(new Set(nodes.slice(0, promising))));
      }),
    );
  });
});

test('an acceptor finds again what it persisted, in the order in which it did', () => {
  const register = fc.record({ promised: ballot, accepted: ballot, state: bytes });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), register), { maxLength: 20 }), (kept) => {
      const records = kept.map(([key, held]) => registerRecord(key, held));
      const state = recoverAcceptor({ records });
      expect(state.registers).toEqual(new Map(kept));
      expect(state.round).toBe(Math.max(0, ...kept.map(([, { promised }]) => promised.round)));
    }),
  );
});

test('only the very tombstone is erased', () => {
  fc.assert(
    fc.property(ballot, ballot, ballot, (promised, accepted, tombstone) => {
      const state = recoverAcceptor({ records: [] });
      keep(state, 'k', { promised, accepted, state: new Uint8Array() });
      const same = versions.at(promised) === versions.at(tombstone) && versions.at(accepted) === versions.at(tombstone);
      expect(erase(state, 'k', tombstone, [{ node: 'a', age: 2 }])).toBe(same);
      expect(state.ages.get('a')).toBe(2);
    }),
  );
});
