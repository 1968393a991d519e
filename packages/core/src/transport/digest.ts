/** A 32-bit digest of bytes. */
export const digestBytes = (bytes: Uint8Array): number => {
  const { length } = bytes;
  let digest = length | 0;
  let i = 0;
  // Four bytes a step: every frame is digested twice, so this is the hottest loop of a simulation.
  for (; i + 4 <= length; i += 4) {
    const word =
      (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24);
    digest = Math.imul(digest ^ word, 0x9e3779b1);
    digest ^= digest >>> 15;
  }
  for (; i < length; i++) digest = Math.imul(digest ^ (bytes[i] as number), 0x01000193);
  return (digest ^ (digest >>> 15)) >>> 0;
};

/** A 32-bit digest of a text. */
export const digestText = (text: string): number => {
  let digest = text.length | 0;
  for (let i = 0; i < text.length; i++) digest = Math.imul(digest ^ text.charCodeAt(i), 0x01000193);
  return (digest ^ (digest >>> 15)) >>> 0;
};

/** A digest of a sequence, from that of the sequence before its last element and that of the element. */
export const extendDigest = (digest: number, element: number): number => {
  const mixed = Math.imul(digest ^ element, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
};
