import { type ParseArgsConfig, parseArgs } from 'node:util';
import { ConfigError } from './config.js';

/** What a program ends with if it was called or configured wrongly, and if it failed while it ran. */
export const CALLED_WRONGLY = 2;
export const FAILED = 1;

/** The program was called in a way that it does not know. Names what was found and what is allowed. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

export interface Given<O extends Options> {
  readonly values: ReturnType<typeof parseArgs<{ options: O }>>['values'];
  /** From the first word on that is no option: what looks like an option behind it belongs to it. */
  readonly words: readonly string[];
}

/** Throws `UsageError`. `parseArgs` would tell of a wrong option in its own words, and of none that is allowed. */
export const readOptions = <O extends Options>(options: O, args: readonly string[] = process.argv.slice(2)): Given<O> => {
  const parse = (some: readonly string[]) =>
    parseArgs({ args: [...some], options, strict: false, allowPositionals: true, tokens: true } as const);
  const first = parse(args).tokens.find(({ kind }) => kind !== 'option');
  const { values, tokens } = parse(args.slice(0, first?.index ?? args.length));
  for (const token of tokens) if (token.kind === 'option') check(token, options);
  const words = first === undefined ? [] : args.slice(first.kind === 'positional' ? first.index : first.index + 1);
  return { values: values as Given<O>['values'], words };
};

interface OptionToken {
  readonly name: string;
  /** As it was typed: `-p` or `--port`. */
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

const check = ({ name, rawName, value, inlineValue }: OptionToken, options: Options): void => {
  const option = options[name];
  if (option === undefined) throw new UsageError(`${rawName}: no such option; allowed are ${namesOf(options)}`);
  if (option.type === 'boolean') {
    if (value !== undefined) throw new UsageError(`${rawName}: found the value ${JSON.stringify(value)}; allowed is none`);
    return;
  }
  // Another option in the value's place, unless it is a negative number.
  const forgotten = value === undefined || value === '' || (!inlineValue && /^-\D/.test(value));
  if (forgotten) throw new UsageError(`${rawName}: found no value; --help tells what is allowed`);
};

const namesOf = (options: Options): string =>
  Object.keys(options)
    .map((name) => `--${name}`)
    .join(', ');

/** Throws `UsageError` at a word that is no option. */
export const onlyOptions = <O extends Options>(options: O, args?: readonly string[]): Given<O>['values'] => {
  const { values, words } = readOptions(options, args);
  if (words.length > 0) throw new UsageError(`found ${JSON.stringify(words[0])}; allowed are the options ${namesOf(options)}`);
  return values;
};

/** Throws `UsageError`. */
export const numberFrom = (option: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`--${option}: found ${JSON.stringify(text)}; allowed is a number from ${least} to ${most}`);
  return value;
};

/** Throws `UsageError`. */
export const wholeNumberFrom = (option: string, text: string, least: number, most: number): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new UsageError(`--${option}: found ${JSON.stringify(text)}; allowed is a whole number from ${least} to ${most}`);
  return value;
};

/** Throws `UsageError`. */
export const choiceFrom = <T extends string>(option: string, text: string, choices: readonly T[]): T => {
  const found = choices.find((each) => each === text);
  if (found === undefined) throw new UsageError(`--${option}: found ${JSON.stringify(text)}; allowed is one of ${choices.join(', ')}`);
  return found;
};

/** Says why the program ends, and ends it. */
export const endWith = (thrown: unknown): never => {
  console.error(thrown instanceof Error ? thrown.message : String(thrown));
  process.exit(thrown instanceof UsageError || thrown instanceof ConfigError ? CALLED_WRONGLY : FAILED);
};
