import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import type { Replacement } from './replacement.js';

let replacements: readonly Replacement[];

/** Ends the URL of what is loaded a second time, as it is, for the invariants. */
const SOUND = '?sound';
const CHECKERS = '/invariants/';
const OURS = '/dist/';
/** No means of checking, but what is checked: the quorums (QuorumValid), and what a life of an acceptor begins with (DurableReply). */
const CHECKED = ['/quorum.js', '/quorums/part.js', '/acceptor-log.js'];

export const initialize: InitializeHook<readonly Replacement[]> = (data) => {
  replacements = data;
};

/** What checks must not have the bug of what is checked: whatever an invariant stands on is loaded once more. */
export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  const { parentURL = '' } = context;
  const isChecker = parentURL.endsWith(SOUND) || parentURL.includes(CHECKERS);
  const { url } = resolved;
  const isOurs = url.endsWith('.js') && url.includes(OURS) && !url.includes('/node_modules/');
  return isChecker && isOurs && !CHECKED.some((name) => url.endsWith(name)) ? { ...resolved, url: url + SOUND } : resolved;
};

/** Changes what is replaced on its way into the module graph. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  const struck = replacements.filter((one) => one.url === url);
  if (struck.length === 0) return loaded;
  const source = struck.reduce((text, { find, replace }) => text.replace(find, () => replace), String(loaded.source));
  return { ...loaded, source };
};
