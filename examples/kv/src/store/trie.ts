import type { Deadline } from './deadlines.js';

/** A key and what it holds. Never changed: a write makes a new one. */
export interface Entry {
  readonly key: string;
  /** 32 bits; the key's place in the trie and in SCAN's order. */
  readonly hash: number;
  readonly value: string;
  /** The lanes of the fingerprint over key and value. */
  readonly a: number;
  readonly b: number;
  readonly deadline: Deadline | undefined;
}

/** One page of a walk. */
export interface Page {
  readonly entries: Entry[];
  /** Where the next page begins; 0 after the last. */
  readonly next: number;
}

const BITS = 5;
const TOP = 32 - BITS;
/** At this level a leaf takes all comers: their hashes are as good as equal. */
const DEEPEST = TOP - 5 * BITS;
const LEAF_SIZE = 16;

class Branch {
  constructor(
    readonly edition: number,
    readonly children: (Branch | Leaf | undefined)[],
  ) {}
}

class Leaf {
  constructor(
    readonly edition: number,
    readonly entries: Entry[],
  ) {}
}

const emptyBranch = (edition: number): Branch => new Branch(edition, new Array(1 << BITS).fill(undefined));

/**
 * The keys, by hash: a trie of 32-way branches, five bits a level from the top, over leaves of up to 16 entries.
 *
 * - It grows a leaf at a time, so no write ever waits for a rehash.
 * - Freezing costs nothing: nodes carry the edition that made them, and a write copies those of an older edition on its way down.
 * - A walk in hash order can stop at any hash and go on from there, whatever was written meanwhile and at whichever replica.
 */
export class Trie {
  #edition = 0;
  #root = emptyBranch(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string, hash: number): Entry | undefined {
    let node: Branch | Leaf | undefined = this.#root;
    for (let shift = TOP; node instanceof Branch; shift -= BITS) node = node.children[(hash >>> shift) & 31];
    if (node === undefined) return undefined;
    const index = indexOf(node.entries, key, hash);
    return index < 0 ? undefined : node.entries[index];
  }

  /** Puts the entry in its key's place; returns what was there. */
  set(entry: Entry): Entry | undefined {
    let branch = (this.#root = this.#owned(this.#root));
    for (let shift = TOP; ; shift -= BITS) {
      const slot = (entry.hash >>> shift) & 31;
      const child = branch.children[slot];
      if (child === undefined) {
        branch.children[slot] = new Leaf(this.#edition, [entry]);
        this.#size++;
        return undefined;
      }
      if (child instanceof Leaf) {
        const { entries } = child;
        const index = indexOf(entries, entry.key, entry.hash);
        if (index >= 0 || entries.length < LEAF_SIZE || shift === DEEPEST) {
          const own = this.#ownedLeaf(child);
          branch.children[slot] = own;
          if (index < 0) {
            own.entries.push(entry);
            this.#size++;
            return undefined;
          }
          const previous = own.entries[index];
          own.entries[index] = entry;
          return previous;
        }
      }
      const below = child instanceof Leaf ? this.#split(child, shift - BITS) : this.#owned(child);
      branch.children[slot] = below;
      branch = below;
    }
  }

  /** Returns what was there. Branches stay: they are few, and the keys may come back. */
  delete(key: string, hash: number): Entry | undefined {
    if (this.get(key, hash) === undefined) return undefined;
    let branch = (this.#root = this.#owned(this.#root));
    for (let shift = TOP; ; shift -= BITS) {
      const slot = (hash >>> shift) & 31;
      const child = branch.children[slot]!;
      if (child instanceof Branch) {
        branch = branch.children[slot] = this.#owned(child);
        continue;
      }
      const own = this.#ownedLeaf(child);
      const index = indexOf(own.entries, key, hash);
      const [previous] = own.entries.splice(index, 1);
      branch.children[slot] = own.entries.length === 0 ? undefined : own;
      this.#size--;
      return previous;
    }
  }

  clear(): void {
    this.#root = emptyBranch(this.#edition);
    this.#size = 0;
  }

  /** All entries as they are now, whatever is written later. */
  freeze(): Iterable<Entry> {
    this.#edition++;
    const root = this.#root;
    return { [Symbol.iterator]: () => entriesBelow(root) };
  }

  /** Entries from hash `from` on, in the order of hashes, until there are `count` or their keys make `bytes`; a leaf is never divided. */
  page(from: number, count: number, bytes: number): Page {
    const entries: Entry[] = [];
    let weight = 0;
    const visit = (branch: Branch, shift: number, base: number): number => {
      const width = 2 ** shift;
      for (let slot = Math.max(0, Math.floor((from - base) / width)); slot < 32; slot++) {
        const child = branch.children[slot];
        const start = base + slot * width;
        if (child instanceof Branch) {
          const next = visit(child, shift - BITS, start);
          if (next > 0) return next;
        } else if (child !== undefined) {
          for (const entry of child.entries) {
            if (entry.hash >>> 0 < from) continue;
            entries.push(entry);
            weight += entry.key.length;
          }
          if (entries.length >= count || weight >= bytes) return start + width;
        }
      }
      return 0;
    };
    return { entries, next: visit(this.#root, TOP, 0) % 2 ** 32 };
  }

  #owned(branch: Branch): Branch {
    return branch.edition === this.#edition ? branch : new Branch(this.#edition, branch.children.slice());
  }

  #ownedLeaf(leaf: Leaf): Leaf {
    return leaf.edition === this.#edition ? leaf : new Leaf(this.#edition, leaf.entries.slice());
  }

  #split(leaf: Leaf, shift: number): Branch {
    const branch = emptyBranch(this.#edition);
    for (const entry of leaf.entries) {
      const slot = (entry.hash >>> shift) & 31;
      const child = branch.children[slot];
      if (child instanceof Leaf) child.entries.push(entry);
      else branch.children[slot] = new Leaf(this.#edition, [entry]);
    }
    return branch;
  }
}

/** -1 if it is not there. */
const indexOf = (entries: readonly Entry[], key: string, hash: number): number => {
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry.hash === hash && entry.key === key) return i;
  }
  return -1;
};

function* entriesBelow(root: Branch): Iterator<Entry> {
  const stack: (Branch | Leaf)[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node instanceof Leaf) yield* node.entries;
    else for (const child of node.children) if (child !== undefined) stack.push(child);
  }
}
