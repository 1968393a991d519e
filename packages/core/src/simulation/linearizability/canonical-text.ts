import { SynodError } from '../../errors.js';

/**
 * A text that two values share if and only if they are equal: plain data by what it holds, objects whatever the order of their
 * fields, Maps and Sets whatever the order of their entries. A missing value is null, as in JSON.
 *
 * Throws `SynodError` (`NO_CANONICAL_TEXT`) on anything that may hold more than it shows: functions, instances of classes.
 */
export const canonicalText = (value: unknown): string => {
  if (value === undefined || value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
    case 'boolean':
      return String(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      return textOfObject(value);
    default:
      throw unreadable(typeof value);
  }
};

const textOfObject = (value: object): string => {
  if (Array.isArray(value)) return `[${Array.from(value, canonicalText).join()}]`;
  if (value instanceof Map) return `Map{${sorted([...value].map(([key, held]) => `${canonicalText(key)}:${canonicalText(held)}`))}}`;
  if (value instanceof Set) return `Set{${sorted([...value].map(canonicalText))}}`;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw unreadable(`an instance of ${prototype.constructor?.name ?? 'a class'}`);
  const fields = Object.entries(value).filter(([, held]) => held !== undefined);
  return `{${sorted(fields.map(([name, held]) => `${JSON.stringify(name)}:${canonicalText(held)}`))}}`;
};

const sorted = (texts: string[]): string => texts.sort().join();

const unreadable = (what: string): SynodError =>
  new SynodError(
    'NO_CANONICAL_TEXT',
    `found ${what} where plain data is compared (text, numbers, booleans, null, arrays, plain objects, Maps, Sets): give the model a key(state), or record results as plain data`,
  );
