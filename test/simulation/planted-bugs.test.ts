import { between, calm, type Invariant, InvariantViolation, type World } from '@synod/core/simulation';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type ClusterSetting, cluster } from './cluster.js';
import { history } from './multi-paxos-history.js';
import {
  anotherProposalEachTime,
  anotherProposalTo,
  batchesMixedUp,
  executesVotes,
  forgetfulSessions,
  forgetsTheChosen,
  noopsInsteadOfVotes,
  promisesInMemory,
  roundsInMemory,
  sessionsNotRestored,
  votesCountedTwice,
  votesInMemory,
  windowWithoutEnd,
} from './planted-bugs.js';

/** What is not found in so many histories is not found. */
const MOST_SEEDS = 50;
const NODES = ['a', 'b', 'c'];

type Setting = Partial<ClusterSetting>;
type Play = (seed: number, setting: Setting) => void;

const plainHistory: Play = (seed, setting) => {
  history(seed, 3, 5000, setting);
};

/**
 * Candidates that often stand at once, on a slow network, and nodes that often die in the instant in which a candidate hears the
 * promise of another node, and live again at once. The third node does not hear of that candidate for a while.
 */
const dyingOfPromises = (victims: (world: World, acceptor: string) => readonly string[]) => (seed: number, setting: Setting) => {
  let world: World | undefined;
  const deaths: Invariant = {
    name: 'deaths of promising',
    overhears: ['leader'],
    watch: () => ({
      received: ({ from, to, message }) => {
        if (message.kind !== 'promise' || from.node === to.node || !world?.random.chance(500)) return;
        const { network, scheduler } = world;
        const rival = NODES.find((node) => node !== from.node && node !== to.node) as string;
        network.cut(to.node, rival);
        scheduler.schedule(() => network.mend(to.node, rival), 1500);
        scheduler.schedule(() => {
          const dying = world === undefined ? [] : victims(world, from.node);
          for (const id of dying) world?.crash(id);
          for (const id of dying) world?.restart(id);
        }, 0);
      },
    }),
  };
  const { clients, leaders, ...simulated } = cluster({
    seed,
    network: { ...calm, delay: between(75, 225) },
    invariants: [deaths],
    ...setting,
  });
  world = simulated.world;
  world.boot();
  const workload = clients({ deadline: 5000 });
  for (let reign = 0; reign < 8; reign++) {
    world.runFor(2500);
    const [leader] = leaders();
    if (leader === undefined) continue;
    world.crash(leader);
    world.runFor(world.random.below(1000));
    world.restart(leader);
  }
  expect(workload.operations.length).toBeGreaterThan(0);
};

/** The acceptor dies: what it told and did not make durable is gone, and a rival asks before the other comes back. */
const duels: Play = dyingOfPromises((_world, acceptor) => [acceptor]);

/** All nodes die, the candidate too. */
const blackoutsOfCandidates: Play = dyingOfPromises((world) => world.up);

/** The first seed for which the invariant is violated; undefined if there is none. */
const firstCaught = (invariant: string, play: Play, setting: Setting = {}): number | undefined => {
  for (let seed = 0; seed < MOST_SEEDS; seed++) {
    try {
      play(seed, { ...setting, only: [invariant] });
    } catch (error) {
      // Some bugs also stop the service: that is not what is asked here.
      if (error instanceof InvariantViolation && error.code === invariant) return seed;
    }
  }
  return undefined;
};

afterEach(() => vi.restoreAllMocks());

describe('each invariant alone catches', () => {
  test.each(['DurableReply', 'PromiseMonotone', 'SafeAt', 'Agreement', 'SlotAgreement', 'PrefixExec', 'ExactlyOnce', 'Linearizable'])(
    'an acceptor that votes without persisting: %s',
    (invariant) => {
      expect(firstCaught(invariant, plainHistory, { parts: () => [votesInMemory()] })).toBeTypeOf('number');
    },
  );

  test.each([
    ['DurableReply', plainHistory],
    ['DurableReply', duels],
    ['PromiseMonotone', duels],
    ['VoteGuard', duels],
    ['Agreement', duels],
  ])('an acceptor that forgets its promise when it restarts: %s', (invariant, play) => {
    expect(firstCaught(invariant, play, { parts: () => [promisesInMemory()] })).toBeTypeOf('number');
  });

  test.each(['SafeAt', 'Agreement', 'PrefixExec', 'ExactlyOnce', 'Linearizable'])(
    'a leader that proposes a no-op instead of the vote that it found: %s',
    (invariant) => {
      expect(firstCaught(invariant, plainHistory, { parts: () => [noopsInsteadOfVotes()] })).toBeTypeOf('number');
    },
  );

  test.each(['LearnSound', 'Agreement'])('a leader that counts votes twice: %s', (invariant) => {
    expect(firstCaught(invariant, plainHistory, { parts: () => [votesCountedTwice(NODES)] })).toBeTypeOf('number');
  });

  test.each(['OneValuePerBallot', 'SlotAgreement', 'Agreement'])('a leader that proposes two values at one ballot: %s', (invariant) => {
    expect(firstCaught(invariant, plainHistory, { parts: () => [anotherProposalTo('c')] })).toBeTypeOf('number');
  });

  test('a learner that executes what is not decided: LearnSound', () => {
    expect(firstCaught('LearnSound', plainHistory, { parts: () => [executesVotes()] })).toBeTypeOf('number');
  });

  test('an acceptor that votes for whatever it is sent: OneVote', () => {
    expect(firstCaught('OneVote', plainHistory, { parts: () => [anotherProposalEachTime()] })).toBeTypeOf('number');
  });

  test('a node that forgets at its restart which rounds it used and what it promised: BallotUnique', () => {
    expect(firstCaught('BallotUnique', blackoutsOfCandidates, { size: 5, parts: () => [roundsInMemory(), promisesInMemory()] })).toBeTypeOf(
      'number',
    );
  });

  test('a leader that mixes up what clients want: Validity', () => {
    expect(firstCaught('Validity', plainHistory, { parts: () => [batchesMixedUp()] })).toBeTypeOf('number');
  });

  test('a leader that lets acceptors forget what no snapshot holds: GCSound', () => {
    expect(firstCaught('GCSound', plainHistory, { parts: () => [forgetsTheChosen()] })).toBeTypeOf('number');
  });

  test('a leader that proposes beyond its window: WindowRespected', () => {
    windowWithoutEnd();
    expect(firstCaught('WindowRespected', plainHistory, { settings: { window: { slots: 1 } } })).toBeTypeOf('number');
  });

  test.each(['ExactlyOnce', 'Linearizable'])('a session table that forgets: %s', (invariant) => {
    forgetfulSessions();
    expect(firstCaught(invariant, plainHistory)).toBeTypeOf('number');
  });

  test.each(['PrefixExec', 'ExactlyOnce', 'Linearizable'])('a session table that is not part of snapshots: %s', (invariant) => {
    sessionsNotRestored();
    expect(firstCaught(invariant, plainHistory)).toBeTypeOf('number');
  });
});

test('without a bug all invariants hold where acceptors die of promising', () => {
  for (let seed = 0; seed < 10; seed++) duels(seed, {});
});
