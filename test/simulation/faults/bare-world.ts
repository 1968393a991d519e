import { colocated, type Node } from '@synod/core';
import { type Fault, type Invariant, type NodeParts, World } from '@synod/core/simulation';
import { EMPTY, from, NEVER, Subject } from 'rxjs';

export interface BareSetting {
  readonly seed?: number;
  readonly nodes?: readonly string[];
  /** Those that are no client; all unless said. */
  readonly members?: readonly string[];
  /** Who says of itself that it leads. */
  readonly leader?: string;
  readonly invariants?: readonly Invariant[];
}

/** Machines with nodes that listen, and do nothing of their own. */
export const bareWorld = ({ seed = 1, nodes = ['a', 'b', 'c', 'd', 'e'], members = nodes, leader, invariants = [] }: BareSetting = {}) => {
  const lives = new Map<string, NodeParts>();
  const failures = new Map<string, Subject<Error>>();
  /** Frames, as `to life from bytes`. */
  const heard: string[] = [];
  const create = (parts: NodeParts): Node => {
    const { id, life, transport } = parts;
    lives.set(id, parts);
    const failure$ = new Subject<Error>();
    failures.set(id, failure$);
    const node: Partial<Node> = {
      id,
      failure$,
      trace$: NEVER,
      start$: () => {
        transport.inbound$.subscribe((frame) => heard.push(`${id}${life} ${new TextDecoder().decode(frame)}`));
        from(transport.start()).subscribe();
        return EMPTY;
      },
      status: () => ({
        ...{ node: id, state: 'running', handled: 0, queue: 0, unsynced: 0, peers: {}, lag: 0, counters: {} },
        groups: { g: { roles: ['*'], phase: id === leader ? 'active' : 'passive' } },
      }),
    };
    return node as Node;
  };
  const world = new World({ seed, nodes, create, cluster: colocated(members), invariants });
  world.boot();
  const events: string[] = [];
  world.trace.sink = ({ event, node, to, operation }) => events.push(`${operation ?? event} ${node}${to ?? ''}`);
  const life = (id: string): NodeParts => lives.get(id) as NodeParts;
  return {
    world,
    heard,
    events,
    life,
    send: (sender: string, to: string, text: string) => life(sender).transport.send(to, new TextEncoder().encode(text)),
    fail: (id: string, error: Error) => failures.get(id)?.next(error),
    /** Begins a fault that can happen now. */
    begin: (fault: Fault, label = 'fault'): (() => void) => {
      const end = fault.begin(world, world.random.split(label));
      if (end === undefined) throw new Error(`${fault.name} cannot happen now`);
      return end;
    },
    /** The pairs of nodes that reach one another, both ways. */
    linked: (): string[] =>
      nodes.flatMap((one, i) =>
        nodes
          .slice(i + 1)
          .filter((other) => !world.network.isCut(one, other) && !world.network.isCut(other, one))
          .map((other) => one + other),
      ),
  };
};
