import type { LogRecord, Recovered } from '../../storage/storage.js';
import { same, shown } from '../bytes.js';
import { check } from '../check.js';

/** A checkpoint that was asked for. */
interface Made {
  readonly covers: number;
  readonly pieces: readonly Uint8Array[];
  acknowledged: boolean;
}

/** What a storage has acknowledged at some moment. */
export interface Acknowledged {
  /** Records, from the first. */
  readonly records: number;
  /** Of every role the newest checkpoint, by its number. */
  readonly checkpoints: ReadonlyMap<string, number>;
  readonly generation: string | undefined;
}

/** What was handed to a storage and what it acknowledged: hence what may be found in it. */
export class Model {
  #appended: LogRecord[] = [];
  #acknowledged = 0;
  readonly #checkpoints = new Map<string, Made[]>();
  #generation: string | undefined;

  /** The position after the last record that was acknowledged. */
  get position(): number {
    return this.#acknowledged;
  }

  /** A batch is handed over. Returns what notes that it was acknowledged. */
  append(records: readonly LogRecord[]): () => void {
    this.#appended.push(...records);
    const end = this.#appended.length;
    return () => {
      this.#acknowledged = end;
    };
  }

  /** A checkpoint is handed over. Returns what notes that it was acknowledged. */
  checkpoint(role: string, covers: number, pieces: readonly Uint8Array[]): () => void {
    const made: Made = { covers, pieces, acknowledged: false };
    this.#checkpoints.set(role, [...this.#made(role), made]);
    return () => {
      made.acknowledged = true;
    };
  }

  get acknowledged(): Acknowledged {
    const checkpoints = [...this.#checkpoints].map(
      ([role, made]) => [role, made.findLastIndex(({ acknowledged }) => acknowledged)] as const,
    );
    return { records: this.#acknowledged, checkpoints: new Map(checkpoints), generation: this.#generation };
  }

  /**
   * Fails unless `found` is what a storage may hold that had acknowledged `least`. Returns the model of a storage that holds just
   * that.
   */
  check({ generation, position, roles }: Recovered, least = this.acknowledged): Model {
    const found = new Model();
    check(
      least.generation === undefined || generation === least.generation,
      `the generation that a storage was given first stays: it was ${least.generation}, and is ${generation}`,
    );
    found.#generation = generation;
    check(position >= least.records, `a record that was acknowledged is lost: ${least.records} were, and the position is ${position}`);
    check(
      position <= this.#appended.length,
      `nothing is found that was not appended: ${this.#appended.length} records were, and the position is ${position}`,
    );
    found.#appended = this.#appended.slice(0, position);
    found.#acknowledged = position;
    for (const role of new Set([...this.#appended.map(({ role }) => role), ...this.#checkpoints.keys(), ...roles.keys()])) {
      const { checkpoint, records = [] } = roles.get(role) ?? {};
      const used = this.#used(role, checkpoint && [...checkpoint], least.checkpoints.get(role) ?? -1);
      if (used) found.#checkpoints.set(role, [{ ...used, acknowledged: true }]);
      this.#checkRecords(role, used?.covers ?? 0, position, [...records]);
    }
    return found;
  }

  #made(role: string): readonly Made[] {
    return this.#checkpoints.get(role) ?? [];
  }

  /** Which checkpoint was found. `least`: the number of the oldest that may be. */
  #used(role: string, pieces: readonly Uint8Array[] | undefined, least: number): Made | undefined {
    const made = this.#made(role);
    if (pieces === undefined) {
      check(least < 0, `a checkpoint of ${role} that was acknowledged is lost`);
      return undefined;
    }
    const at = made.findLastIndex((one) => one.pieces.length === pieces.length && one.pieces.every((piece, i) => same(piece, pieces[i]!)));
    const what = (): string => pieces.slice(0, 3).map(shown).join(', ');
    check(
      at >= 0,
      () => `a checkpoint is found whole, in the pieces in which it was written: of ${role} one is found that was not: ${what()}`,
    );
    check(at >= least, `the newest checkpoint that was acknowledged is found: of ${role} it is no. ${least}, and no. ${at} is found`);
    return made[at];
  }

  #checkRecords(role: string, covers: number, position: number, records: readonly Uint8Array[]): void {
    const expected = this.#appended.flatMap((record, at) => (record.role === role && at >= covers && at < position ? [record.bytes] : []));
    const wrong = expected.findIndex((bytes, i) => records[i] === undefined || !same(bytes, records[i]));
    const where = `the records of ${role} from position ${covers} to ${position} are found, in the order of appending`;
    check(
      wrong < 0,
      () =>
        `${where}: no. ${wrong} of ${expected.length} was ${shown(expected[wrong]!)}, and is ${records[wrong] ? shown(records[wrong]) : 'missing'}`,
    );
    check(records.length === expected.length, `${where}: there are ${expected.length}, and ${records.length} are found`);
  }
}
