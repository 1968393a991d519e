import type { Codec, SynodOptions, SynodSettings } from '@synod/core';
import { SettingsCheck } from '@synod/core/consensus';
import * as decree from '@synod/core/synod';

/**
 * What is done about a collision, where so many acceptors voted for different values that none of these can be chosen. `coordinated`: the
 * coordinator proposes one of them. Or acceptors pick one each by themselves and vote again, up to so many times, which takes a message
 * delay less if they pick the same, and more messages, always; after that, the coordinator does. (Lamport, Fast Paxos §3.2)
 */
export type Recovery = 'coordinated' | { readonly uncoordinated: number };

/** What a deployment may set, in numbers. Times in ms. */
export interface FastSynodOptions extends SynodOptions {
  /** As `Recovery` says; none if it is coordinated. */
  readonly uncoordinated: number;
}

/**
 * What a deployment sets; the rest keeps its default, which is that of the Synod. Every node must be given the same `recovery`, and a codec
 * that understands the others'.
 */
export type FastSynodSettings<Value = unknown> = Omit<SynodSettings<Value>, 'learning' | 'codec'> & {
  readonly recovery?: Recovery;
  /** Values to bytes and back; MessagePack unless said. */
  readonly codec?: Codec<Value>;
};

/** More have no use: who has picked differently that often goes on to. */
const MOST_ATTEMPTS = 16;

export const check = new SettingsCheck('fastSynod', decree.TIMES, ['recovery', 'codec']);

/** Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withDefaults = (settings: FastSynodSettings<never>): FastSynodOptions => ({
  ...decree.withDefaults(settings, check),
  uncoordinated: attempts(settings.recovery),
});

const attempts = (given: unknown = 'coordinated'): number => {
  if (given === 'coordinated') return 0;
  const uncoordinated: unknown = (given as { readonly uncoordinated?: unknown } | null)?.uncoordinated;
  if (typeof uncoordinated === 'number' && Number.isInteger(uncoordinated) && uncoordinated >= 1 && uncoordinated <= MOST_ATTEMPTS)
    return uncoordinated;
  return check.refuse(
    `recovery is ${JSON.stringify(given)}; it must be 'coordinated', or { uncoordinated: ... } with a whole number of attempts from 1 to ${MOST_ATTEMPTS}`,
  );
};
