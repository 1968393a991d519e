import {
  colocated,
  counts,
  grid,
  group,
  type MultiPaxosSettings,
  majority,
  multiPaxos,
  multiPaxosPhrases,
  type QuorumSystem,
  type Quorums,
  quorums,
  type RegisterClient,
  register,
  registerPhrases,
  type SynodClient,
  type SynodSettings,
  stateMachine,
  synod,
  synodPhrases,
  type Topology,
  topology,
} from '@synod/core';
import {
  boundedQueues,
  type Coverage,
  exactlyOnce,
  keyValueStore,
  type ListClient,
  linearizableList,
  listWorkload,
  logTime,
  multiPaxosCoverage,
  multiPaxosInvariants,
  prefixExec,
  RecordingMachine,
  registerCoverage,
  registerInvariants,
  type Subject,
  slotAgreement,
  synodCoverage,
  synodInvariants,
} from '@synod/core/simulation';
import { KeyValueMachine } from '@synod/example-kv/store';
import {
  type FastPaxosSettings,
  type FastQuorums,
  type FastSynodSettings,
  fastCounts,
  fastMajority,
  fastPaxos,
  fastPaxosPhrases,
  fastSynod,
  fastSynodPhrases,
  twoThirds,
} from '@synod/fast-paxos';
import { fastPaxosCoverage, fastPaxosInvariants, fastSynodCoverage, fastSynodInvariants } from '@synod/fast-paxos/simulation';
import { logStorage } from '@synod/storage-file/log';
import { decreeWorkload } from './decree-workload.js';
import { fastDecreeWorkload, PATIENCE } from './fast-decree-workload.js';
import { registeredChanges, registerWorkload, textRegisters } from './register-workload.js';
import { onOneKey, type StoreClient, storeWorkload } from './store-workload.js';

/**
 * Elections, snapshots, checkpoints, truncation and eviction within seconds: a history that never forgets tests little. A learner
 * keeps some thirty slots for others, so who was away for a second takes a snapshot; and one session too few is kept.
 */
const small = ({ nodes }: Topology): MultiPaxosSettings => ({
  election: { least: 150, most: 1500 },
  window: { slots: 8 },
  snapshot: { slots: 40, bytes: 4096 },
  tail: 10,
  sessions: { sessions: Math.max(1, nodes.length - 1), outstanding: 8 },
});

/** A log that is soon full: where learners are apart from acceptors, commands are chosen while no learner takes snapshots. */
const smallLog = (placed: Topology): MultiPaxosSettings => ({
  ...small(placed),
  window: { slots: 8, bytes: 512 },
  commandBytes: 128,
  batchBytes: 128,
  snapshot: { slots: 40, bytes: 1024 },
  logBytes: 4096,
});

/** Segments of some thirty frames, begun, left and dropped every second; and a mark wherever the log falls idle for a moment. */
const SMALL_LOG = { segmentBytes: 4096, markDelay: 20 };

/** A node that comes back finds that a crash has torn the last write to its log, and cuts it off. */
const tornTail: Coverage = {
  name: 'torn tail',
  watch: (seen) => ({
    logged: (_node, _level, message) => {
      if (message.includes('never acknowledged; it is cut off')) seen();
    },
  }),
};

/** Nodes outside the cluster, which only ask. */
const OUTSIDE = ['outside'];

/** The list, whose order and whose every command invariants know. */
const listOn = (placed: Topology, settings = small(placed), rule: Quorums = majority): Subject<ListClient> => ({
  topology: placed,
  group: (life) =>
    group(
      'list',
      multiPaxos(settings),
      stateMachine(() => new RecordingMachine(life.recorder)),
      quorums(rule),
    ),
  storage: ({ disk }) => logStorage({ disk, ...SMALL_LOG }),
  workload: listWorkload(),
  phrasebook: multiPaxosPhrases,
  invariants: [
    slotAgreement,
    prefixExec,
    logTime,
    exactlyOnce,
    linearizableList,
    boundedQueues(),
    ...multiPaxosInvariants({ topology: placed, settings, quorums: rule }),
  ],
  coverage: [...multiPaxosCoverage({ isRead: ({ op }) => op === 'length' }), tornTail],
  clientNodes: OUTSIDE,
  mayLose: outlives(rule(placed.playing('acceptor'))),
});

/** The same over Fast Paxos. */
const fastListOn = (
  placed: Topology,
  settings: FastPaxosSettings = small(placed),
  rule: FastQuorums = fastMajority,
): Subject<ListClient> => ({
  ...listOn(placed, small(placed), rule),
  group: (life) =>
    group(
      'list',
      fastPaxos(settings),
      stateMachine(() => new RecordingMachine(life.recorder)),
      quorums(rule),
    ),
  phrasebook: fastPaxosPhrases,
  invariants: [
    slotAgreement,
    prefixExec,
    logTime,
    exactlyOnce,
    linearizableList,
    boundedQueues(),
    ...fastPaxosInvariants({ topology: placed, settings, quorums: rule }),
  ],
  coverage: [...fastPaxosCoverage, ...multiPaxosCoverage({ isRead: ({ op }) => op === 'length' }), tornTail],
});

/** The store of examples/kv, judged by a model that shares no code with it. */
const storeOn = (placed: Topology): Subject<StoreClient> => ({
  topology: placed,
  group: () =>
    group(
      'store',
      multiPaxos(small(placed)),
      stateMachine(() => new KeyValueMachine()),
    ),
  storage: ({ disk }) => logStorage({ disk, ...SMALL_LOG }),
  workload: storeWorkload(onOneKey),
  model: keyValueStore(),
  phrasebook: multiPaxosPhrases,
  invariants: [boundedQueues(), ...multiPaxosInvariants({ topology: placed, settings: small(placed) })],
  coverage: [...multiPaxosCoverage({ isRead: ({ op }) => op === 'GET' }), tornTail],
  clientNodes: OUTSIDE,
});

/** Registers that hold texts, judged key by key. */
const registersOn = (placed: Topology, rule: Quorums = majority): Subject<RegisterClient<string>> => ({
  topology: placed,
  group: () =>
    group('registers', register<string>({ checkpointBytes: 4096, cachedKeys: 3, changes: registeredChanges ?? {} }), quorums(rule)),
  storage: ({ disk }) => logStorage({ disk, ...SMALL_LOG }),
  workload: registerWorkload,
  model: textRegisters,
  phrasebook: registerPhrases,
  invariants: [boundedQueues(), ...registerInvariants()],
  coverage: [...registerCoverage(), tornTail],
  clientNodes: OUTSIDE,
  mayLose: outlives(rule(placed.playing('acceptor'))),
});

/** Acceptors on nodes of their own; one leader without a learner, one with; learners where nobody votes. Everyone proposes. */
const apart = (acceptors: readonly string[]): Topology =>
  topology({
    ...Object.fromEntries(acceptors.map((node) => [node, ['acceptor', 'proposer']])),
    'leader-1': ['leader', 'proposer'],
    'leader-2': ['leader', 'learner', 'proposer'],
    'learner-1': ['learner', 'proposer'],
  });

/** Who is left can still elect and choose. */
const outlives =
  ({ members, isPhase1, isPhase2 }: QuorumSystem) =>
  (lost: ReadonlySet<string>): boolean => {
    const left = new Set(members.filter((node) => !lost.has(node)));
    return isPhase1(left) && isPhase2(left);
  };

/** Quorums that are no majorities: few choose and many elect; with an even number of acceptors two elections need not even meet. */
const flexible: Quorums = (members) => {
  const half = Math.floor(members.length / 2);
  if (members.length === 4) return grid([members.slice(0, 2), members.slice(2)])(members);
  const few = Math.max(1, half);
  const many = members.length - few + 1;
  return counts(members.length % 2 === 0 ? { phase1: few, phase2: many } : { phase1: many, phase2: few })(members);
};

/** The same, and as few of them fast as there may be: a read needs more than choose at a classic step. */
const flexibleFast: FastQuorums = (members) => {
  const { length } = members;
  const phase2 = Math.max(1, Math.floor(length / 2));
  const phase1 = length - phase2 + 1;
  return fastCounts({ phase1, phase2, fast: Math.floor((2 * length - phase1) / 2) + 1 })(members);
};

/** Proposers back at each other within a few round trips, and learners that lose patience before their callers do. */
const QUICK: SynodSettings<string> = { retry: 100, backOff: { least: 20, most: 1000 }, patience: 80 };

/** One value, which all clients must be told. */
const decreeOn = (placed: Topology, settings: SynodSettings<string>, rule: Quorums = majority): Subject<SynodClient<string>> => ({
  topology: placed,
  group: () => group('decree', synod(settings), quorums(rule)),
  storage: ({ disk }) => logStorage({ disk, ...SMALL_LOG }),
  workload: decreeWorkload,
  phrasebook: synodPhrases,
  invariants: [boundedQueues(), ...synodInvariants({ topology: placed, quorums: rule })],
  coverage: synodCoverage,
  clientNodes: OUTSIDE,
  mayLose: outlives(rule(placed.playing('acceptor'))),
});

/** Acceptors on nodes of their own, two proposers, and learners of which acceptors tell some. */
const decreeApart = (acceptors: readonly string[]): Topology =>
  topology({
    ...Object.fromEntries(acceptors.map((node) => [node, ['acceptor', 'learner']])),
    'proposer-1': ['proposer', 'learner'],
    'proposer-2': ['proposer', 'learner'],
    'learner-1': ['learner'],
  });

/** The same of Fast Paxos. `uncoordinated`: how often acceptors recover from collisions by themselves. */
const fastDecreeOn = (placed: Topology, rule: FastQuorums, uncoordinated: number): Subject<SynodClient<string>> => {
  const settings: FastSynodSettings<string> = { ...QUICK, patience: PATIENCE, ...(uncoordinated > 0 && { recovery: { uncoordinated } }) };
  return {
    topology: placed,
    group: () => group('decree', fastSynod(settings), quorums(rule)),
    storage: ({ disk }) => logStorage({ disk, ...SMALL_LOG }),
    workload: fastDecreeWorkload,
    phrasebook: fastSynodPhrases,
    invariants: [boundedQueues(), ...fastSynodInvariants({ topology: placed, quorums: rule, uncoordinated })],
    coverage: fastSynodCoverage(uncoordinated),
    clientNodes: OUTSIDE,
    mayLose: outlives(rule(placed.playing('acceptor'))),
  };
};

/** The protocols that can be simulated, by name: each makes of the nodes what is put through a history. */
export const PROTOCOLS: Readonly<Record<string, (nodes: readonly string[]) => Subject<unknown>>> = {
  'multi-paxos': (nodes) => listOn(colocated(nodes)),
  'multi-paxos-apart': (nodes) => {
    const placed = apart(nodes);
    return listOn(placed, smallLog(placed));
  },
  'multi-paxos-flexible': (nodes) => listOn(apart(nodes), undefined, flexible),
  'multi-paxos-store': (nodes) => storeOn(colocated(nodes)),
  'fast-paxos': (nodes) => fastListOn(colocated(nodes)),
  'fast-paxos-apart': (nodes) => {
    const placed = apart(nodes);
    return fastListOn(placed, { ...small(placed), fast: { steps: 3, patience: 60 } }, flexibleFast);
  },
  synod: (nodes) => decreeOn(colocated(nodes), QUICK),
  'synod-apart': (nodes) => decreeOn(decreeApart(nodes), { ...QUICK, learning: { distinguished: ['learner-1', 'proposer-2'] } }, flexible),
  'fast-synod': (nodes) => fastDecreeOn(colocated(nodes), fastMajority, 0),
  'fast-synod-uncoordinated': (nodes) => fastDecreeOn(colocated(nodes), twoThirds, 2),
  register: (nodes) => registersOn(colocated(nodes)),
  'register-flexible': (nodes) => registersOn(colocated(nodes), flexible),
};

/** Nodes are named a, b, c and so on. */
export const nodesOf = (size: number): readonly string[] => 'abcdefghijklmnopqrstuvwxyz'.slice(0, size).split('');
