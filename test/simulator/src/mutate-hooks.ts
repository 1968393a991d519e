import type { InitializeHook, LoadHook, ResolveHook } from 'node:module';
import type { Replacement } from './replacement.js';

let replacement: Replacement;

/** Ends the URL of what is loaded a second time, as it is, for the invariants. */
const SOUND = '?sound';
const CHECKERS = '/invariants/';
const OURS = '/dist/';
/** No means of checking, but what is checked: the quorums (QuorumValid), and what a life of an acceptor begins with (DurableReply). */
const CHECKED = ['/quorum.js', '/acceptor-log.js'];

export const initialize: InitializeHook<Replacement> = (data) => {
  replacement = data;
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

/** Changes the one file on its way into the module graph. */
export const load: LoadHook = async (url, context, nextLoad) => {
  const loaded = await nextLoad(url, context);
  if (url !== replacement.url) return loaded;
  return { ...loaded, source: String(loaded.source).replace(replacement.find, () => replacement.replace) };
};
