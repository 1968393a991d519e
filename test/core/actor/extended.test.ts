import { type Address, extended, type Role } from '@synod/core';
import { expect, test } from 'vitest';

type Base = { readonly kind: 'keep' } | { readonly kind: 'change' };
type More = { readonly kind: 'change' } | { readonly kind: 'add' };

class Counter implements Role<Base> {
  readonly #heard: string[] = [];

  get heard(): readonly string[] {
    return this.#heard;
  }

  start(): void {
    this.#heard.push('start');
  }

  keep(): void {
    this.#heard.push('keep');
  }

  change(): void {
    this.#heard.push('change');
  }
}

class Extension implements Role<More> {
  readonly heard: string[] = [];

  constructor(private readonly base: Counter) {}

  start(): void {
    this.heard.push(`start after ${this.base.heard.length}`);
  }

  change(): void {
    this.heard.push('change');
    this.base.change();
  }

  add(): void {
    this.heard.push('add');
  }
}

test('a role that is extended keeps what it takes, and what is added takes the rest, its own state and private fields included', () => {
  const base = new Counter();
  const more = new Extension(base);
  const role = extended<Base, More>(base, more);
  const from = {} as Address;

  role.start?.();
  role.keep({ kind: 'keep' }, from);
  role.change({ kind: 'change' }, from);
  role.add({ kind: 'add' }, from);

  expect(base.heard).toEqual(['start', 'keep', 'change']);
  expect(more.heard).toEqual(['start after 1', 'change', 'add']);
});
