/**
 * Redis's patterns (KEYS, SCAN MATCH): `*`, `?`, `[abc]`, `[^a-z]`, and `\` before a char that means itself.
 * One position to go back to is enough, since only the last `*` can still take more: time is at most |pattern| × |text|.
 */
export const globMatches = (pattern: string, text: string): boolean => {
  let p = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    const here = pattern[p];
    if (here === '*') {
      star = p++;
      retry = t;
      continue;
    }
    const end = here === undefined ? 0 : oneCharMatches(pattern, p, text.charCodeAt(t));
    if (end > 0) {
      p = end;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p >= pattern.length;
};

/** The position behind the element at `p` if that element matches `code`, else 0. */
const oneCharMatches = (pattern: string, p: number, code: number): number => {
  const here = pattern[p];
  if (here === '?') return p + 1;
  if (here === '[') return classMatches(pattern, p, code);
  const literal = here === '\\' && p + 1 < pattern.length ? p + 1 : p;
  return pattern.charCodeAt(literal) === code ? literal + 1 : 0;
};

/** A class that is never closed reaches to the pattern's end, as in Redis. */
const classMatches = (pattern: string, open: number, code: number): number => {
  let p = open + 1;
  const negated = pattern[p] === '^';
  if (negated) p++;
  let found = false;
  for (; p < pattern.length && pattern[p] !== ']'; p++) {
    if (pattern[p] === '\\' && p + 1 < pattern.length) {
      if (pattern.charCodeAt(++p) === code) found = true;
    } else if (pattern[p + 1] === '-' && p + 2 < pattern.length) {
      const [low, high] = [pattern.charCodeAt(p), pattern.charCodeAt(p + 2)];
      if (code >= Math.min(low, high) && code <= Math.max(low, high)) found = true;
      p += 2;
    } else if (pattern.charCodeAt(p) === code) found = true;
  }
  return found !== negated ? Math.min(p + 1, pattern.length) : 0;
};
