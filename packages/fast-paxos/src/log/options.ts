import { SettingsCheck } from '@synod/core/consensus';

/** What Fast Paxos adds to the settings of a log. Times in ms. */
export interface FastOptions {
  /** How long a slot may go without a decision, once a later one is known of or a vote was heard, before its coordinator sees to it; each time twice as long. */
  readonly patience: number;
  /** Of the last slots, so great a part may have collided; beyond it the coordinator proposes alone for a while. Above 0, up to 1. */
  readonly collisions: number;
  /** How long it does so, before it opens its ballot to proposers again. Doubled each time it did not help, up to sixteenfold. */
  readonly holdOff: number;
  /**
   * The fast steps of a ballot, 1 to 8; all nodes must have the same. The first is open to proposers. After a collision acceptors try to
   * settle it by themselves once in each of the others (uncoordinated recovery, Fast Paxos §3.2) before the coordinator does. That saves a message
   * delay if all acceptors hear of the same votes, and costs as many messages as there are pairs of acceptors.
   */
  readonly steps: number;
}

export const FAST_DEFAULTS: FastOptions = { patience: 100, collisions: 0.25, holdOff: 2000, steps: 1 };

const MOST_STEPS = 8;

const check = new SettingsCheck('fastPaxos.fast', ['patience', 'collisions', 'holdOff']);

/** Throws `ConfigurationError` (`BAD_OPTION`), naming the option. */
export const withFastDefaults = (given: Partial<FastOptions>): FastOptions => {
  const whole = check.merged(given, FAST_DEFAULTS) as FastOptions;
  if (whole.collisions > 1) check.refuse(`collisions is ${whole.collisions}; it must be a part of all, above 0 and up to 1`);
  if (whole.steps > MOST_STEPS) check.refuse(`steps is ${whole.steps}; it must be a whole number from 1 to ${MOST_STEPS}`);
  return whole;
};
