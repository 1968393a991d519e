import { Subject } from 'rxjs';
import { bytesOf, textOf } from '../bytes.js';
import type { TestRunner } from '../runner.js';
import type { TransportNetwork, TransportSetting, TransportUnderTest } from '../transport-under-test.js';
import { PATIENCE, Waiting } from '../waiting.js';
import { Probe } from './probe.js';

/** One case: a network of its own, and the transports that joined it, which are all stopped at its end. */
export class Trial {
  readonly waiting: Waiting;
  readonly #news$: Subject<void>;
  readonly #probes: Probe[] = [];
  #sent = 0;

  constructor(
    readonly network: TransportNetwork,
    patience: number,
  ) {
    this.#news$ = new Subject();
    this.waiting = new Waiting(patience, this.#news$);
  }

  /** A new life of a node, not started. */
  life(node: string): Probe {
    const probe = new Probe(node, this.network.transport(node), () => this.#news$.next());
    this.#probes.push(probe);
    return probe;
  }

  start(probe: Probe): Promise<unknown> {
    return this.waiting.end(`start of ${probe.node} completes once frames can be received, also while peers are absent`, () =>
      probe.transport.start(),
    );
  }

  /** A new life of a node, started. */
  async up(node: string): Promise<Probe> {
    const probe = this.life(node);
    await this.start(probe);
    return probe;
  }

  async ups(...nodes: string[]): Promise<Probe[]> {
    const probes: Probe[] = [];
    for (const node of nodes) probes.push(await this.up(node));
    return probes;
  }

  stop(probe: Probe): Promise<unknown> {
    probe.stopping = true;
    return this.waiting.end(`stop of ${probe.node} completes, and never waits for a peer`, () => probe.transport.stop());
  }

  /** A text that nobody sent before. */
  text(from: Probe, to: string): string {
    return `${from.node} to ${to}, no. ${this.#sent++}`;
  }

  /** What `from` sends arrives at `to`, sooner or later. */
  async reach(from: Probe, to: Probe, rule: string): Promise<void> {
    const text = this.text(from, to.node);
    await this.waiting.until(
      `${rule}: ${to.node} hears ${from.node}`,
      () => to.hasHeard(text),
      () => from.transport.send(to.node, bytesOf(text)),
      () => `${to.node} heard ${to.heard.length} frames, the last ${JSON.stringify(to.heard.slice(-3).map(lastWords))}`,
    );
  }

  /** Each hears the other. */
  async meet(a: Probe, b: Probe, rule: string): Promise<void> {
    await this.reach(a, b, rule);
    await this.reach(b, a, rule);
  }

  async end(): Promise<void> {
    for (const probe of this.#probes) if (!probe.stopping) await this.stop(probe);
    await this.network.close();
  }
}

const lastWords = (frame: Uint8Array): string => textOf(frame.subarray(0, 40));

/** Registers cases of a transport. */
export class Cases {
  constructor(
    private readonly runner: TestRunner,
    readonly subject: TransportUnderTest,
  ) {}

  get patience(): number {
    return this.subject.patience ?? PATIENCE;
  }

  /** A case on a network of its own. */
  rule(name: string, setting: Partial<TransportSetting>, body: (trial: Trial) => Promise<void>): void {
    const { nodes = ['a', 'b', 'c'], clients = [], cluster = 'conformance' } = setting;
    this.runner.it(
      name,
      async () => {
        const trial = new Trial(await this.subject.create({ cluster, nodes, clients }), this.patience);
        let failure: unknown;
        await body(trial).catch((error: unknown) => {
          failure = error ?? new Error('failed');
        });
        await trial.end().catch((error: unknown) => {
          failure ??= error;
        });
        if (failure !== undefined) throw failure;
      },
      // A case waits for several things, one after another; the first that is late ends it.
      10 * this.patience,
    );
  }
}
