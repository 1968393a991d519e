import { ConfigurationError } from '../errors.js';

/** Checks what a deployment set of a protocol's options against their defaults, which are numbers, and groups of numbers. */
export class SettingsCheck {
  /**
   * `protocol`: as it is called in code. `times`: the options, by path, that may have fractions; the others are counted. `besides`: options
   * that it does not look at.
   */
  constructor(
    private readonly protocol: string,
    private readonly times: readonly string[],
    private readonly besides: readonly string[] = [],
  ) {}

  /** Throws `ConfigurationError` (`BAD_OPTION`). */
  refuse(what: string): never {
    throw new ConfigurationError('BAD_OPTION', `${this.protocol}: ${what}`);
  }

  /**
   * The defaults, with what was given in their place. `path`: where `defaults` stands among the options; '' for the options themselves.
   * Throws `ConfigurationError` (`BAD_OPTION`), naming the option.
   */
  merged<Options extends object>(given: unknown, defaults: Options, path = ''): Options {
    const names = [...Object.keys(defaults), ...(path === '' ? this.besides : [])];
    const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
    if (typeof given !== 'object' || given === null)
      return this.refuse(`${path || 'what it was given'} is ${shown(given)}; it must be an object that may hold ${names.join(', ')}`);
    for (const name of Object.keys(given))
      if (!names.includes(name)) this.refuse(`there is no option ${at(name)}; there are ${names.map(at).join(', ')}`);
    return Object.fromEntries(
      Object.entries(defaults).map(([name, value]) => {
        if (!Object.hasOwn(given, name)) return [name, value];
        const own = (given as Readonly<Record<string, unknown>>)[name];
        return [name, typeof value === 'object' ? this.merged(own, value, at(name)) : this.#number(own, at(name))];
      }),
    ) as Options;
  }

  #number(given: unknown, path: string): number {
    const time = this.times.includes(path);
    if (typeof given === 'number' && given > 0 && (time ? Number.isFinite(given) : Number.isSafeInteger(given))) return given;
    return this.refuse(
      `${path} is ${shown(given)}; it must be ${time ? 'a number above 0' : `a whole number from 1 to ${Number.MAX_SAFE_INTEGER}`}`,
    );
  }
}

/** A value in a message for people. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};
