/** The only source of chance. Seeded in a simulation. */
export interface Random {
  /** A uniform integer in [0, 2^32). */
  uint32(): number;
}

/** Drawn from the platform's cryptographic source, 1 KiB at a time. */
export const systemRandom = (): Random => {
  const pool = new Uint32Array(256);
  let next = pool.length;
  return {
    uint32() {
      if (next === pool.length) {
        globalThis.crypto.getRandomValues(pool);
        next = 0;
      }
      return pool[next++] as number;
    },
  };
};

/** A uniform integer in [0, bound). */
export const randomBelow = (random: Random, bound: number): number => Math.floor((random.uint32() / 0x1_0000_0000) * bound);

/** `bytes` random bytes in hexadecimal; a multiple of 4. */
export const randomHex = (random: Random, bytes: number): string => {
  let text = '';
  for (let i = 0; i < bytes; i += 4) text += random.uint32().toString(16).padStart(8, '0');
  return text;
};
