/**
 * A stretch of an acceptor's time: it begins with a start, or a while after the last one began. Numbered from 1, with a random
 * number of its own (0 for the first of a generation): two epochs of one number are of two copies of the acceptor's data.
 */
export interface Epoch {
  readonly epoch: number;
  readonly nonce: number;
}

/** The epochs that an acceptor's data knows of: their random numbers, oldest first, from epoch `first` on. Those before are forgotten. */
export interface Epochs {
  readonly first: number;
  readonly nonces: readonly number[];
}

/** Of an acceptor that never started, and of a node that has none. */
export const NO_EPOCHS: Epochs = { first: 1, nonces: [] };

const NO_EPOCH: Epoch = { epoch: 0, nonce: 0 };

/** Remembered at most; more than the last one only for an acceptor that is away and does not have that on record. */
const MOST_EPOCHS = 1024;

/** Another would push the oldest out. */
export const isFull = ({ nonces }: Epochs): boolean => nonces.length >= MOST_EPOCHS;

export const lastOf = ({ first, nonces }: Epochs): Epoch => {
  const nonce = nonces.at(-1);
  return nonce === undefined ? NO_EPOCH : { epoch: first + nonces.length - 1, nonce };
};

/** With one more, which begins now. */
export const withAnother = ({ first, nonces }: Epochs, nonce: number): Epochs => {
  const dropped = Math.max(0, nonces.length + 1 - MOST_EPOCHS);
  return { first: first + dropped, nonces: [...nonces.slice(dropped), nonce] };
};

/** The last alone: every acceptor has it on record, so none can ask about one before it. */
export const onlyLast = ({ first, nonces }: Epochs): Epochs => ({
  first: first + Math.max(0, nonces.length - 1),
  nonces: nonces.slice(-1),
});

/** Whether data that knows of `epochs` was there in this one. Of one that is forgotten nobody can say that it was not. */
export const wasIn = ({ first, nonces }: Epochs, { epoch, nonce }: Epoch): boolean => epoch < first || nonces[epoch - first] === nonce;
