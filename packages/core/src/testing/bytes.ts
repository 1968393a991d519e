const utf8 = new TextEncoder();
const text = new TextDecoder();

export const bytesOf = (content: string): Uint8Array => utf8.encode(content);

export const textOf = (bytes: Uint8Array): string => text.decode(bytes);

/** Repeatable noise: every `seed` another. */
export const noise = (length: number, seed: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ length) | 1;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
};

export const same = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

/** Bytes as messages tell them: their length and their first few. */
export const shown = (bytes: Uint8Array): string => {
  const first = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${bytes.length} bytes (${first}${bytes.length > 8 ? ' …' : ''})`;
};
