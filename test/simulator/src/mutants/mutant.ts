/** A piece of the compiled code, and what it is replaced by. */
export interface Piece {
  /** Its source, below the repository. */
  readonly file: string;
  /** Must stand exactly once in the compiled file. */
  readonly find: string;
  readonly replace: string;
}

/** A planted bug. */
export interface Mutant extends Piece {
  /** Unique; words with hyphens. */
  readonly name: string;
  /** The rule that it breaks, in words. */
  readonly breaks: string;
  /** Another guard, behind which it would not show: dropped with it. */
  readonly also?: Piece;
  /** The cluster size at which it shows; 3 unless said. */
  readonly nodes?: number;
  /** The protocol, as the command knows it, at which it shows; the one that the command is given unless said. */
  readonly protocol?: string;
  /** How long a history with load and faults lasts in which it shows, ms; as the command is told unless said. */
  readonly duration?: number;
  /** The faults among which it shows before long, by name; all unless said. */
  readonly faults?: readonly string[];
}
