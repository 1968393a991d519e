import type { Observable } from 'rxjs';
import type { Invocation } from './linearizability/history.js';
import type { SeededRandom } from './seeded-random.js';

/** What clients do. `Client` is what `node.of(group)` offers. */
export interface Workload<Client> {
  /** What a client asks for next. `id` is unique in the run. */
  next(random: SeededRandom, id: string): Invocation;
  /** Asks for it. `deadline` in ms. Emits the result; fails as the client does. */
  ask(client: Client, invocation: Invocation, deadline: number): Observable<unknown>;
  /** A change that every node must be able to make once the faults are over. */
  probe(id: string): Invocation;
}
