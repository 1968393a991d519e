import type { Observable } from 'rxjs';
import type { Invocation } from './linearizability/history.js';
import type { SeededRandom } from './seeded-random.js';

/** What clients do. `Client` is what `node.of(group)` offers. */
export interface Workload<Client> {
  /** What a client asks for next. `id` is unique in the run. */
  next(random: SeededRandom, id: string): Invocation;
  /** Asks for it. `deadline` in ms. Emits what the client does, and fails as it does. */
  ask(client: Client, invocation: Invocation, deadline: number): Observable<unknown>;
  /** What a client was told, as plain data for checkers; as it is unless given. */
  readResult?(told: unknown): unknown;
  /** A change that every node must be able to make once the faults are over. */
  probe(id: string): Invocation;
}
