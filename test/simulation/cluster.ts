import {
  colocated,
  createNode,
  type decorate,
  type Group,
  group,
  type MultiPaxosSettings,
  multiPaxos,
  type NodeEvent,
  stateMachine,
} from '@synod/core';
import {
  between,
  boundedQueues,
  Clients,
  type ClientsOptions,
  type DiskLatency,
  exactlyOnce,
  type Host,
  type Invariant,
  interruptible,
  type ListClient,
  linearizableList,
  listWorkload,
  logTime,
  multiPaxosInvariants,
  type NetworkConditions,
  type NodeParts,
  overhear,
  prefixExec,
  RecordingMachine,
  simulated,
  slotAgreement,
  World,
  watched,
} from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';

type Part = ReturnType<typeof decorate>;
type ListGroup = Group<ListClient>;
type Asking = Partial<ClientsOptions<ListClient>> & { readonly reads?: number };

export interface ClusterSetting {
  readonly seed: number;
  /** Three nodes unless said. */
  readonly size?: number;
  readonly settings?: MultiPaxosSettings;
  readonly network?: NetworkConditions;
  readonly disk?: DiskLatency;
  /** Nodes besides, that play no role: clients of the cluster. */
  readonly others?: readonly string[];
  /** Of the invariants, only those with these names; all unless said. */
  readonly only?: readonly string[];
  /** Watched besides. */
  readonly invariants?: readonly Invariant[];
  /** Parts of a node besides its storage and its group. */
  readonly parts?: (parts: NodeParts) => readonly Part[];
}

/** What a node told, and when, ms. */
interface Told {
  readonly at: number;
  readonly node: string;
  readonly event: NodeEvent;
}

const GENERAL = [slotAgreement, prefixExec, logTime, exactlyOnce, linearizableList, boundedQueues()];

/** Nodes that replicate a list by Multi-Paxos, on simulated disks and a simulated network, under every invariant. */
export const cluster = (setting: ClusterSetting) => {
  const { seed, size = 3, settings = {}, others = [], only, invariants = [], parts: more = () => [], ...conditions } = setting;
  const ids = 'abcdefg'.slice(0, size).split('');
  const topology = colocated(ids);
  const counts = { restored: 0 };
  const events: Told[] = [];
  /** Those of `events` in which somebody began or ceased to lead. */
  const changes: Told[] = [];
  const groups = new WeakMap<object, ListGroup>();
  const create = (parts: NodeParts) => {
    const list = watched(
      parts,
      group(
        'list',
        multiPaxos(settings),
        stateMachine(() => new RecordingMachine(parts.recorder)),
      ),
    );
    const storage = logStorage({ disk: parts.disk, segmentBytes: 16_384 });
    const heard = overhear(parts, checked);
    const own = [simulated(parts), storage, ...more(parts), ...heard, interruptible(parts)];
    const node = createNode({ self: parts.id, cluster: topology }, ...own, list);
    groups.set(node, list);
    node.events$.subscribe((event) => {
      const told = { at: world.now(), node: parts.id, event };
      events.push(told);
      if (event.event === 'leading' || event.event === 'stepped down') changes.push(told);
    });
    return node;
  };
  const restored: Invariant = { name: 'restored', watch: () => ({ restored: () => counts.restored++ }) };
  const all = [...GENERAL, ...multiPaxosInvariants({ topology, settings })];
  const checked = [restored, ...all.filter(({ name }) => only?.includes(name) ?? true), ...invariants];
  const world: World = new World({
    seed,
    nodes: [...ids, ...others],
    cluster: topology,
    create,
    ...conditions,
    invariants: checked,
  });
  const client = ({ node }: Host) => node!.of(groups.get(node!)!);
  const status = (id: string): Readonly<Record<string, unknown>> => world.host(id).node?.status().groups.list ?? {};
  const leaders = () => ids.filter((id) => status(id).phase === 'active');
  /** Four clients that only append, at any node of the cluster, unless said. */
  const clients = ({ reads = 0, ...options }: Asking = {}) =>
    new Clients(world, {
      clients: 4,
      nodes: ids,
      of: client,
      workload: listWorkload(reads),
      think: between(0, 50),
      deadline: 60_000,
      ...options,
    });
  return { ids, world, client, clients, counts, changes, events, status, leaders };
};
