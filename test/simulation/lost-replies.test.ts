import type { TraceEvent } from '@synod/core';
import { between, type Invariant, type World } from '@synod/core/simulation';
import { expect, test } from 'vitest';
import { cluster } from './cluster.js';

interface Choice {
  readonly event: string;
  readonly entries: readonly { readonly seq: number; readonly origin: string }[];
}

/**
 * Kills a leader in the instant in which it has chosen a batch of another node's client: it executes it, and nobody else ever
 * hears of that, nor of the choice. Only votes know.
 */
class DeathAtChoice {
  /** Batches of other nodes' clients that were chosen by a leader that died of it. */
  batches = 0;
  running = true;

  constructor(private readonly world: World) {}

  traced(node: string, event: TraceEvent): void {
    const { entries = [] } = event as unknown as Choice;
    if (!this.running || event.event !== 'choose' || this.world.up.length < this.world.options.nodes.length) return;
    const batches = entries.filter(({ seq, origin }) => seq > 0 && origin !== node).length;
    if (batches === 0) return;
    this.batches += batches;
    const { network, options, scheduler } = this.world;
    const others = options.nodes.filter((other) => other !== node);
    const unite = network.partition([node], others);
    scheduler.schedule(() => {
      this.world.crash(node);
      unite();
    }, 0);
    scheduler.schedule(() => this.world.restart(node), 1000);
  }
}

test('what a leader chose and executed in its last instant has that result for the client, whoever leads next', () => {
  for (const [seed, size] of [
    [1, 3],
    [2, 5],
  ] as const) {
    let killer: DeathAtChoice | undefined;
    const killing: Invariant = { name: 'death at choice', watch: () => ({ traced: (node, event) => killer?.traced(node, event) }) };
    const { world, clients } = cluster({ seed, size, invariants: [killing] });
    killer = new DeathAtChoice(world);
    world.boot();
    const workload = clients({ think: between(0, 200) });
    world.runFor(25_000);
    killer.running = false;
    workload.stop();
    expect(world.runUntil(() => workload.pending === 0 && world.agrees(), 10_000)).toBe(true);
    world.conclude();
    expect(killer.batches).toBeGreaterThan(10);
    expect(workload.operations.filter(({ outcome, reason }) => outcome === 'unknown' && reason !== 'the node died')).toEqual([]);
  }
});
