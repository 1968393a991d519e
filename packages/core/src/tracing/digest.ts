/** A 32-bit digest of bytes. */
export const digestBytes = (bytes: Uint8Array): number => {
  const { length } = bytes;
  let digest = length | 0;
  let i = 0;
  // Four bytes a step: every frame of a simulation is digested twice, so this is its hottest loop.
  for (; i + 4 <= length; i += 4) {
    const word =
      (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24);
    digest = Math.imul(digest ^ word, 0x9e3779b1);
    digest ^= digest >>> 15;
  }
  for (; i < length; i++) digest = Math.imul(digest ^ (bytes[i] as number), 0x01000193);
  return (digest ^ (digest >>> 15)) >>> 0;
};
