import { canonicalText } from './canonical-text.js';
import type { Model } from './model.js';

/** The states that were met, numbered: two have the same number if and only if the model's keys of them are the same. */
export class States {
  readonly #numbers = new Map<string | number, number>();

  constructor(private readonly model: Pick<Model<unknown>, 'key'>) {}

  of(value: unknown): { readonly value: unknown; readonly number: number } {
    const key = this.model.key === undefined ? canonicalText(value) : this.model.key(value);
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(key, number);
    }
    freeze(value);
    return { value, number };
  }
}

/** A step that changes the state that it was given would make every verdict worthless: with plain data, it throws. */
const freeze = (value: unknown): void => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return;
  Object.freeze(value);
  for (const held of Object.values(value)) freeze(held);
};
