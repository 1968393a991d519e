import { AddressBook, type Message, type TraceEvent } from '@synod/core';
import { durableReply, type Invariant, learnSound } from '@synod/core/simulation';
import { describe, expect, test } from 'vitest';
import { promiseRecord, votesRecord } from '../../packages/core/src/consensus/multi-paxos/acceptor-log.js';
import { EntryType, emptyEntry } from '../../packages/core/src/replication/entry.js';
import { cluster } from './cluster.js';

const book = new AddressBook(['a', 'b', 'c']);
const ballot = (text: string) => ({ round: Number.parseInt(text, 10), node: text.slice(-1) });
const entry = (time: number) => emptyEntry(EntryType.Noop, time);

const watch = (invariant: Invariant) => {
  const violations: string[] = [];
  const observer = invariant.watch((violation) => violations.push(violation));
  /** Leader L hears `message` from the acceptor of `node`. */
  const hear = (node: string, message: Message) =>
    observer.received?.({ from: book.of(node, 'list', 'acceptor'), to: book.of('a', 'list', 'leader'), message });
  const accepted = (node: string, at: string, first: number, count = 1) =>
    hear(node, { kind: 'accepted', ballot: ballot(at), first, count } as Message);
  const promised = (node: string, at: string) => hear(node, { kind: 'promise', ballot: ballot(at) } as Message);
  const restart = (node: string, ...records: Uint8Array[]) => observer.recovered?.(book.of(node, 'list', 'acceptor'), { records });
  const trace = (node: string, event: string, detail: object) => observer.traced?.(node, { event, ...detail } as TraceEvent);
  return { violations, accepted, promised, restart, trace };
};

describe('DurableReply', () => {
  test('holds for an acceptor that begins again with what it told, or more, or has forgotten what it truncated', () => {
    const { violations, accepted, promised, restart, trace } = watch(durableReply);
    restart('a');
    promised('a', '1.b');
    accepted('a', '2.b', 0, 2);
    restart('a', votesRecord(ballot('2.b'), 0, [entry(1)], 0), votesRecord(ballot('3.c'), 1, [entry(2)], 0));
    trace('a', 'vote', { ballot: ballot('3.c') });
    expect(violations).toEqual([]);
  });

  test('is violated by a life that begins without a promise that was heard, and not by one that was never told', () => {
    const { violations, promised, restart, trace } = watch(durableReply);
    trace('a', 'promise', { ballot: ballot('5.c') });
    restart('a');
    promised('a', '2.b');
    restart('a', promiseRecord(ballot('2.b')));
    restart('a', promiseRecord(ballot('1.c')));
    restart('a');
    expect(violations).toEqual([
      'a told of ballot 2.b, and its next life begins with 1.c',
      'a told of ballot 2.b, and its next life begins with ⊥',
    ]);
  });

  test('is violated by a life that begins without a vote that was heard', () => {
    const { violations, accepted, restart } = watch(durableReply);
    accepted('a', '2.b', 7);
    restart('a', promiseRecord(ballot('3.c')));
    expect(violations).toEqual(['a told of a vote in slot 7 at ballot 2.b, and its next life begins without it']);
  });

  test('is violated by a vote or a promise below what was heard, in whatever life', () => {
    const { violations, promised, trace } = watch(durableReply);
    promised('a', '10.b');
    trace('b', 'vote', { ballot: ballot('9.c') });
    trace('a', 'vote', { ballot: ballot('9.c') });
    trace('a', 'promise', { ballot: ballot('10.a') });
    expect(violations).toEqual(['a: a vote at ballot 9.c, after it told of 10.b', 'a: a promise at ballot 10.a, after it told of 10.b']);
  });
});

describe('LearnSound', () => {
  const voting = () => {
    const watched = watch(learnSound(['a', 'b', 'c']));
    const vote = (node: string, at: string, slot: number, time: number) =>
      watched.trace(node, 'vote', { ballot: ballot(at), first: slot, entries: [entry(time)] });
    const execute = (node: string, slot: number, time: number) => watched.trace(node, 'apply', { slot, entry: entry(time) });
    return { ...watched, vote, execute };
  };

  test('holds for what a majority was heard to vote for at one ballot, once or again', () => {
    const { violations, accepted, vote, execute } = voting();
    vote('a', '1.a', 0, 7);
    vote('b', '1.a', 0, 7);
    accepted('a', '1.a', 0);
    accepted('b', '1.a', 0);
    execute('c', 0, 7);
    vote('b', '2.b', 0, 7);
    accepted('b', '2.b', 0);
    accepted('c', '2.b', 0);
    execute('b', 0, 7);
    expect(violations).toEqual([]);
  });

  test('is violated by executing what too few voted for, votes at two ballots and of strangers not counted together', () => {
    const { violations, accepted, vote, execute } = voting();
    vote('a', '1.a', 0, 7);
    accepted('a', '1.a', 0);
    accepted('a', '1.a', 0);
    accepted('x', '1.a', 0);
    vote('b', '2.b', 0, 7);
    accepted('b', '2.b', 0);
    execute('c', 0, 7);
    expect(violations).toEqual(['c executed an entry of type 0 at log time 7 in slot 0, where it was not chosen']);
  });

  test('is violated by a second entry that is chosen in a slot, whether anybody learns it or not', () => {
    const { violations, accepted, vote } = voting();
    vote('a', '1.a', 0, 7);
    for (const node of ['a', 'b']) accepted(node, '1.a', 0);
    vote('c', '2.c', 0, 8);
    for (const node of ['b', 'c']) accepted(node, '2.c', 0);
    expect(violations).toEqual(['in slot 0 two entries were chosen']);
  });
});

test('observers see what overheard actors begin with and hear, over all their lives', () => {
  const begun: string[] = [];
  const heard = new Set<string>();
  const overhearing: Invariant = {
    name: 'overhearing',
    watch: () => ({
      recovered: ({ node, role }, { records }) => begun.push(`${node} ${role} ${[...records].length > 0 ? 'again' : 'anew'}`),
      received: ({ to, message }) => heard.add(`${to.role} ${message.kind}`),
    }),
  };
  const { world } = cluster({ seed: 1, size: 1, invariants: [overhearing] });
  world.boot();
  world.runFor(2000);
  world.crash('a', 'kill');
  world.restart('a');
  world.runFor(1000);
  expect(begun).toEqual(['a leader anew', 'a acceptor anew', 'a leader anew', 'a acceptor again']);
  for (const one of ['leader promise', 'leader accepted', 'leader heard', 'acceptor prepare', 'acceptor accept'])
    expect(heard).toContain(one);
});
