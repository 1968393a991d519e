/** Changes that lie over a value, in the order in which they came. Each is taken away alone, whatever came after it. */
export class Layers<T> {
  #layers: readonly ((below: T) => T)[] = [];

  constructor(
    private base: T,
    /** Told of every new value. */
    private readonly changed: (value: T) => void,
  ) {}

  /** The value without any change. */
  set(base: T): void {
    this.base = base;
    this.#refresh();
  }

  /** Lays `layer` over what there is. Returns what takes it away. */
  add(layer: (below: T) => T): () => void {
    // As an object of its own: two equal changes are two.
    const own = (below: T): T => layer(below);
    this.#layers = [...this.#layers, own];
    this.#refresh();
    return () => {
      if (!this.#layers.includes(own)) return;
      this.#layers = this.#layers.filter((other) => other !== own);
      this.#refresh();
    };
  }

  /** Takes all changes away. */
  clear(): void {
    this.#layers = [];
    this.#refresh();
  }

  #refresh(): void {
    this.changed(this.#layers.reduce((value, layer) => layer(value), this.base));
  }
}
