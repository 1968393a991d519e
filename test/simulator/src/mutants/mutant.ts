/** A planted bug: one piece of the compiled code, replaced by another. */
export interface Mutant {
  /** Unique; words with hyphens. */
  readonly name: string;
  /** Its source, below the repository. */
  readonly file: string;
  /** Must stand exactly once in the compiled file. */
  readonly find: string;
  readonly replace: string;
  /** The rule that it breaks, in words. */
  readonly breaks: string;
  /** The cluster size at which it shows; 3 unless said. */
  readonly nodes?: number;
  /** The protocol, as the command knows it, at which it shows; the one that the command is given unless said. */
  readonly protocol?: string;
}
