import { calm } from './network.js';
import { HISTORY_DEFAULTS, type History, type Run } from './simulate.js';

/** A history that violates the same invariant as a longer one. */
export interface Shrunk {
  readonly history: History;
  readonly run: Run;
  /** How many histories were tried. */
  readonly tried: number;
}

/**
 * Looks for less that fails in the same way: a shorter history, fewer faults, fewer clients, a calm network. (Zeller and
 * Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002) `run` lets a history happen, and may give the event loop its
 * turn: without, V8 keeps the worlds of all histories. `goOn` is asked before each.
 */
export const shrink = async (
  history: History,
  failed: Run,
  run: (history: History) => Run | Promise<Run>,
  goOn: () => boolean,
): Promise<Shrunk> => {
  let best: Shrunk = { history: { ...history, plan: failed.plan }, run: failed, tried: 0 };
  let tried = 0;
  const attempt = async (change: Partial<History>): Promise<boolean> => {
    if (!goOn()) return false;
    tried++;
    const candidate = { ...best.history, ...change };
    const outcome = await run(candidate);
    if (!sameFailure(outcome, failed)) return false;
    best = { history: candidate, run: outcome, tried };
    return true;
  };
  for (let before: Shrunk | undefined; before !== best && goOn(); ) {
    before = best;
    await shorten(best, attempt);
    await thinOut(() => best.history.plan ?? [], attempt);
    for (let clients = 1; clients < (best.history.clients ?? HISTORY_DEFAULTS.clients); clients++) if (await attempt({ clients })) break;
    if (best.history.network !== undefined && best.history.network !== calm) await attempt({ network: calm });
  }
  return { ...best, tried };
};

type Attempt = (change: Partial<History>) => Promise<boolean>;

const sameFailure = ({ verdict }: Run, { verdict: wanted }: Run): boolean =>
  verdict.verdict === 'violated' && wanted.verdict === 'violated' && verdict.invariant === wanted.invariant;

/** By less it is not worth shortening. */
const WORTH_WHILE = 0.9;

/** Nothing that comes after the violation is needed for it. */
const shorten = async ({ history, run }: Shrunk, attempt: Attempt): Promise<void> => {
  const { duration, plan = [] } = { ...HISTORY_DEFAULTS, ...history };
  const end = run.verdict.verdict === 'violated' ? Math.ceil(run.verdict.at) : duration;
  for (const shorter of [end, Math.ceil(duration / 2), Math.ceil((duration * 3) / 4)])
    if (shorter <= duration * WORTH_WHILE && (await attempt({ duration: shorter, plan: plan.filter(({ at }) => at < shorter) }))) return;
};

/** Leaves out halves of the plan, then quarters, down to single faults, as long as that fails too. */
const thinOut = async (plan: () => NonNullable<History['plan']>, attempt: Attempt): Promise<void> => {
  for (let size = Math.ceil(plan().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < plan().length; ) if (!(await attempt({ plan: [...plan().slice(0, at), ...plan().slice(at + size)] }))) at += size;
};
