import { ByteReader, ByteWriter, sizeOfBlob } from '../../transport/bytes.js';
import type { Ballot } from '../ballot.js';

/**
 * What acceptors vote for: a value with where it comes from. It is encoded once, by the proposer, and acceptors never look into it.
 * (Rystsov, CASPaxos §2.2; the names of changes as `docs/protocols.md` §3 wants them, "What a client may conclude")
 */
export interface RegisterState {
  /**
   * Names the change that made it: the ballot at which that was proposed, as a number. It grows with every change, and no two of a
   * key are the same, even where the key was deleted between them. 0: never written.
   */
  readonly version: number;
  /** Encoded; undefined if nothing is there, as in a tombstone. */
  readonly value: Uint8Array | undefined;
  /** Versions on the way to this one, ascending: of each proposer the last `REMEMBERED` of its changes. */
  readonly applied: readonly number[];
}

/** Of a key that nobody wrote, or that was deleted. */
export const NO_STATE: RegisterState = Object.freeze({ version: 0, value: undefined, applied: Object.freeze([]) });

/**
 * Changes of one proposer that a state remembers. It makes one at a time, so one would do; more are for callers who were told "unknown"
 * and ask again.
 */
export const REMEMBERED = 4;

/** How changes are named: the same on every node. */
export class Versions {
  constructor(private readonly proposers: readonly string[]) {}

  /** Of a change that is proposed at this ballot: higher than that of any at a lower one. */
  at({ round, node }: Ballot): number {
    return round * this.proposers.length + this.proposers.indexOf(node);
  }

  /** `state` after one more change, which is higher than all that made it. */
  changed({ applied }: RegisterState, value: Uint8Array | undefined, version: number): RegisterState {
    const own = this.#sameProposer(applied, version);
    const kept = own.length < REMEMBERED ? applied : applied.filter((other) => other !== own[0]);
    return { version, value, applied: [...kept, version] };
  }

  /**
   * Which of these versions, all of one proposer and ascending, is part of the state: at most one is, since they are attempts to make
   * the same change. 'unknown' if so many changes of that proposer came after that it may have been forgotten.
   */
  find({ applied }: RegisterState, attempts: readonly number[]): number | 'unknown' | undefined {
    const [first] = attempts;
    if (first === undefined) return undefined;
    const own = this.#sameProposer(applied, first);
    const found = own.find((version) => attempts.includes(version));
    if (found !== undefined) return found;
    return own.length >= REMEMBERED && (own[0] as number) > first ? 'unknown' : undefined;
  }

  #sameProposer(applied: readonly number[], version: number): readonly number[] {
    const count = this.proposers.length;
    return applied.filter((other) => other % count === version % count);
  }
}

export const encodeState = ({ version, value, applied }: RegisterState): Uint8Array => {
  const writer = new ByteWriter(8 + 1 + (value === undefined ? 0 : sizeOfBlob(value)) + 4 + 8 * applied.length, true);
  writer.f64(version);
  writer.u8(value === undefined ? 0 : 1);
  if (value !== undefined) writer.blob(value);
  writer.u32(applied.length);
  for (const one of applied) writer.f64(one);
  return writer.bytes;
};

/** Throws `MalformedError` on what `encodeState` did not make; nothing at all is `NO_STATE`. */
export const decodeState = (bytes: Uint8Array): RegisterState => {
  if (bytes.length === 0) return NO_STATE;
  const reader = new ByteReader(bytes);
  const version = reader.index();
  const value = reader.u8() === 0 ? undefined : reader.blob();
  const applied = Array.from({ length: reader.count(8) }, () => reader.index());
  reader.end();
  return { version, value, applied };
};

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
