import { join } from 'node:path';
import { HISTORY_DEFAULTS, type History, type Run, shrink, simulate } from '@synod/core/simulation';
import { type Failure, subjectOf } from './campaign.js';
import { FAULT_KINDS, type SimulateOptions } from './options.js';
import { save } from './play.js';
import { savedFrom } from './saved-history.js';
import { tell } from './tell.js';
import { turn } from './turn.js';

/** How long a failing history is shrunk, ms. */
const SHRINKING = 30_000;
/** So many of the last lines of its transcript are printed. */
const LINES_SHOWN = 60;

type Setting = Pick<SimulateOptions, 'protocol' | 'kinds' | 'out' | 'mutant'>;

/** Says what failed and how to see it again; shrinks it, and saves what is left. */
export const reportFailure = async ({ size, history, run }: Failure, setting: Setting): Promise<void> => {
  const { protocol, mutant } = setting;
  tell(`\n${verdictIn(run)}\n`);
  tell(`replay:     ${commandFor(size, history, setting)}`);
  const subject = subjectOf(protocol, size);
  const begun = performance.now();
  const goOn = (): boolean => performance.now() - begun < SHRINKING;
  const happen = async (less: History): Promise<Run> => {
    await turn();
    return simulate({ ...subject, ...less });
  };
  const shrunk = run.verdict.verdict === 'violated' ? await shrink(history, run, happen, goOn) : undefined;
  const least = shrunk?.history ?? { ...history, plan: run.plan };
  if (shrunk !== undefined) tell(`shrunk:     ${comparison(run, history, least)}, in ${shrunk.tried} histories`);
  const directory = join(setting.out, `${protocol}-${size}-${history.seed}`);
  const saved = savedFrom({ protocol, nodes: size, ...(mutant !== undefined && { mutant }) }, least);
  try {
    const last = save(saved, directory, LINES_SHOWN);
    tell(`saved:      ${directory}: schedule.json, transcript.txt, trace.jsonl, history.jsonl`);
    tell(`play again: npm run simulate -- --replay ${join(directory, 'schedule.json')}\n`);
    tell(last.join('\n'));
  } catch (error) {
    // What was found is worth more than where it lies, and so is what is still to be found.
    tell(`NOT SAVED:  ${(error as Error).message}; --out names another directory. What it would hold as schedule.json:`);
    tell(JSON.stringify(saved));
  }
  tell(`\n${verdictIn(shrunk?.run ?? run)}`);
};

const verdictIn = ({ verdict, seed }: Run): string => {
  if (verdict.verdict === 'violated') return `VIOLATION  ${verdict.what}`;
  return verdict.verdict === 'undecided' ? `UNDECIDED  seed ${seed}: ${verdict.why}` : 'passed';
};

/** The command line that lets this history happen again: which faults there are decides which the seed draws. */
const commandFor = (size: number, history: History, { protocol, kinds, mutant }: Setting): string => {
  const { seed, duration, clients } = { ...HISTORY_DEFAULTS, ...history };
  return [
    `npm run simulate -- --protocol ${protocol} --nodes ${size} --seed ${seed} --runs 1 --duration ${duration / 1000} --clients ${clients}`,
    ...(FAULT_KINDS.every((kind) => kinds.includes(kind)) ? [] : [`--faults ${kinds.join(',') || 'none'}`]),
    ...(mutant === undefined ? [] : [`--mutant ${mutant}`]),
  ].join(' ');
};

const comparison = ({ plan }: Run, longer: History, shorter: History): string => {
  const [before, after] = [
    { ...HISTORY_DEFAULTS, ...longer },
    { ...HISTORY_DEFAULTS, ...shorter },
  ];
  return [
    `${plan.length} faults to ${after.plan?.length ?? 0}`,
    `${before.clients} clients to ${after.clients}`,
    `${before.duration / 1000} s to ${after.duration / 1000} s`,
  ].join(', ');
};
