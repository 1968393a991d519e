import {
  colocated,
  createNode,
  type decorate,
  type Group,
  group,
  type MultiPaxosSettings,
  multiPaxos,
  type NodeEvent,
  type ReplicatedClient,
  stateMachine,
} from '@synod/core';
import {
  type Append,
  agreement,
  chosenOnce,
  type DiskLatency,
  exactlyOnce,
  type Host,
  type Invariant,
  linearizableList,
  type NetworkConditions,
  type NodeParts,
  oneValuePerBallot,
  prefixExec,
  RecordingMachine,
  simulated,
  voteGuard,
  World,
} from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';

type Part = ReturnType<typeof decorate>;
type ListGroup = Group<ReplicatedClient<Append, number, 'count', number>>;

export interface ClusterSetting {
  readonly seed: number;
  /** Three nodes unless said. */
  readonly size?: number;
  readonly settings?: MultiPaxosSettings;
  readonly network?: NetworkConditions;
  readonly disk?: DiskLatency;
  /** Nodes besides, that play no role: `clients` of the cluster. */
  readonly clients?: readonly string[];
  /** Watched besides those that always are. */
  readonly invariants?: readonly Invariant[];
  /** Parts of a node besides its storage and its group. */
  readonly parts?: (parts: NodeParts) => readonly Part[];
}

/** What a node told of its leading, and when. */
export interface LeaderChange {
  readonly at: number;
  readonly node: string;
  readonly event: NodeEvent;
}

const ALWAYS = [agreement, chosenOnce, oneValuePerBallot, voteGuard, prefixExec, exactlyOnce, linearizableList];

/** Nodes that replicate a list by Multi-Paxos, on simulated disks and a simulated network, under every invariant. */
export const cluster = (setting: ClusterSetting) => {
  const { seed, size = 3, settings = {}, clients = [], invariants = [], parts: more = () => [], ...conditions } = setting;
  const ids = 'abcdefg'.slice(0, size).split('');
  const counts = { restored: 0 };
  const changes: LeaderChange[] = [];
  const events: LeaderChange[] = [];
  const groups = new WeakMap<object, ListGroup>();
  const create = (parts: NodeParts) => {
    const list = group(
      'list',
      multiPaxos(settings),
      stateMachine(() => new RecordingMachine(parts.recorder)),
    );
    const storage = logStorage({ disk: parts.disk, segmentBytes: 16_384 });
    const node = createNode({ self: parts.id, cluster: colocated(ids) }, simulated(parts), storage, ...more(parts), list);
    groups.set(node, list);
    node.events$.subscribe((event) => {
      const told = { at: world.now(), node: parts.id, event };
      events.push(told);
      if (event.event === 'leading' || event.event === 'stepped down') changes.push(told);
    });
    return node;
  };
  const restored: Invariant = { name: 'restored', watch: () => ({ restored: () => counts.restored++ }) };
  const world: World = new World({
    seed,
    nodes: [...ids, ...clients],
    create,
    ...conditions,
    invariants: [restored, ...ALWAYS, ...invariants],
  });
  const client = ({ node }: Host) => node!.of(groups.get(node!)!);
  const status = (id: string): Readonly<Record<string, unknown>> => world.host(id).node?.status().groups.list ?? {};
  const leaders = () => ids.filter((id) => status(id).phase === 'active');
  return { ids, world, client, counts, changes, events, status, leaders };
};
