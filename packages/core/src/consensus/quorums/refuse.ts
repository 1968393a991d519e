import { ConfigurationError } from '../../errors.js';
import type { Gap } from './gap.js';

const named = (nodes: readonly string[]): string => (nodes.length === 0 ? 'of nobody' : nodes.join(', '));

/** Throws `ConfigurationError` (`BAD_QUORUMS`): for those who write a rule of quorums. */
export const refuse = (message: string): never => {
  throw new ConfigurationError('BAD_QUORUMS', message);
};

/** In words: what the one chooses, the other does not hear of. */
export const describeGap = ({ phase1, phase2 }: Gap): string =>
  `the phase-1 quorum ${named(phase1)} does not meet the phase-2 quorum ${named(phase2)}`;

/** Throws `ConfigurationError` (`BAD_QUORUMS`) unless it is a whole number from 1 to `most`. `what`: its name in the message. */
export const wholeNumber = (what: string, value: unknown, most: number): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return value;
  return refuse(`${what} is ${JSON.stringify(value)}; it must be a whole number from 1 to ${most}`);
};

/** Throws `ConfigurationError` (`BAD_QUORUMS`) unless each is one of `members`. `what`: what names them, in the message. */
export const onlyMembers = (what: string, nodes: Iterable<string>, members: readonly string[]): void => {
  for (const node of nodes)
    if (!members.includes(node))
      refuse(`${what} names ${JSON.stringify(node)}, which is no acceptor; the acceptors are ${members.join(', ')}`);
};
