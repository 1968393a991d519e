import type { Observable } from 'rxjs';
import type { SeededRandom } from './seeded-random.js';

/** What a client asks for: plain data. */
export interface Request {
  readonly op: string;
  readonly arg?: unknown;
}

/** What clients do. `Client` is what `node.of(group)` offers. */
export interface Workload<Client> {
  /** What a client asks for next. `id` is unique in the run. */
  next(random: SeededRandom, id: string): Request;
  /** Asks for it. `deadline` in ms. Emits the result; fails as the client does. */
  ask(client: Client, request: Request, deadline: number): Observable<unknown>;
  /** A change that every node must be able to make once the faults are over. */
  probe(id: string): Request;
}
