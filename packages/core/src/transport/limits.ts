/** What every transport bounds, in bytes: a frame, and what waits for one that takes it too slowly. */
type Common = 'maxFrameBytes' | 'queueBytes';

/** By option: the least, the most, and the unit that messages tell. */
export type LimitBounds<Name extends string> = Readonly<Record<Name | Common, readonly [least: number, most: number, unit: string]>>;

/**
 * A transport's numbers, each with its default where none is given; a queue holds the largest frame at least. `refuse` throws what is
 * said: a `ConfigurationError` that names the transport.
 */
export const checkLimits = <Name extends string>(
  given: Readonly<Partial<Record<Name | Common, number>>>,
  defaults: Readonly<Record<Name | Common, number>>,
  bounds: LimitBounds<Name>,
  refuse: (message: string) => never,
): Record<Name | Common, number> => {
  const limits: Record<Name | Common, number> = { ...defaults };
  for (const name of Object.keys(bounds) as Name[]) {
    const [least, most, unit] = bounds[name];
    const value = given[name] ?? defaults[name];
    if (!Number.isInteger(value) || value < least || value > most)
      refuse(`${name} is ${JSON.stringify(value)}; allowed: a whole number from ${least} to ${most} ${unit}`);
    limits[name] = value;
  }
  if (limits.queueBytes < limits.maxFrameBytes)
    refuse(`queueBytes is ${limits.queueBytes}; allowed: at least maxFrameBytes, ${limits.maxFrameBytes}`);
  return limits;
};
