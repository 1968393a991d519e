/** The fields of a message or an event. */
export type Fields = Readonly<Record<string, unknown>>;

/** Says in words what a message or an event says in fields: a text in which `{field}` stands for that field, or a function of all fields. */
export type Phrase = string | ((fields: Fields) => string);

/** How a protocol is told. What it has no phrase for is told by its name and its fields. */
export interface Phrasebook {
  /** By `kind`: "promise {ballot}". */
  readonly messages?: Readonly<Record<string, Phrase>>;
  /** By `event`, of what roles trace: "promises {ballot}". */
  readonly events?: Readonly<Record<string, Phrase>>;
  /** What is said all the time, or twice: a story leaves it out. */
  readonly routine?: { readonly messages?: readonly string[]; readonly events?: readonly string[] };
}

/** The words for `name` and its fields. */
export const phrase = (phrases: Readonly<Record<string, Phrase>> | undefined, name: string, fields: Fields): string => {
  const known = phrases !== undefined && Object.hasOwn(phrases, name) ? phrases[name] : undefined;
  if (known === undefined) return [words(name), ...tellFields(fields)].join(' ');
  return typeof known === 'function' ? known(fields) : known.replace(/\{(\w+)\}/g, (_, field: string) => say(fields[field]));
};

/** One value in a few words. A ballot is told as `3.a`, given as text or as its parts, and a step of it as `3.a-1`. */
export const say = (value: unknown): string => {
  if (isBallot(value)) return value.round === 0 ? '⊥' : `${value.round}.${value.node}${value.step || ''}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `[${value.length}]`;
  if (typeof value === 'object' && value !== null) return short(JSON.stringify(value));
  return short(String(value));
};

/** The slots that a message or an event is about: `slot 17`, or `slots 17-18`. */
export const slots = ({ first, count, entries }: Fields): string => {
  const many = Array.isArray(entries) ? entries.length : Number(count);
  return many === 1 ? `slot ${first}` : `slots ${first}-${Number(first) + many - 1}`;
};

const isBallot = (value: unknown): value is { readonly round: number; readonly node: string; readonly step?: number } => {
  if (typeof value !== 'object' || value === null) return false;
  const { round, node, step, ...rest } = value as Fields;
  if (typeof round !== 'number' || typeof node !== 'string' || Object.keys(rest).length > 0) return false;
  return step === undefined || typeof step === 'number';
};

/** The most telling first: the ballot, the slots; then what is short. */
const tellFields = (fields: Fields): string[] => {
  const { kind: _kind, ballot, ...rest } = fields;
  const others: Record<string, unknown> = rest;
  const told: string[] = ballot === undefined ? [] : [say(ballot)];
  if (others.first !== undefined && (Array.isArray(others.entries) || typeof others.count === 'number')) {
    told.push(slots(others));
    for (const field of ['first', 'entries', 'count']) delete others[field];
  }
  for (const [name, value] of Object.entries(others)) {
    if (value === undefined || value === '') continue;
    if (value === true) told.push(words(name));
    else if (value === false) told.push(`not ${words(name)}`);
    else if (Array.isArray(value)) told.push(`${value.length} ${words(name)}`);
    else if (typeof value !== 'object' || isBallot(value) || value instanceof Uint8Array) told.push(`${words(name)} ${say(value)}`);
  }
  return told;
};

/** `catchUp` as `catch up`. */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const MOST_LETTERS = 60;

const short = (text: string): string => (text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text);
