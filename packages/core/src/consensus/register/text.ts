import { type ByteReader, type ByteWriter, MalformedError } from '../../transport/bytes.js';

const utf8 = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes of a key, in UTF-8, at most. */
export const MOST_KEY_BYTES = 1024;

export const encodeText = (text: string): Uint8Array => utf8.encode(text);
export const decodeText = (bytes: Uint8Array): string => strict.decode(bytes);

export const sizeOfText = (text: string): number => 4 + encodeText(text).length;
export const writeText = (text: string, writer: ByteWriter): void => writer.blob(encodeText(text));

export const readText = (reader: ByteReader): string => {
  try {
    return decodeText(reader.blob());
  } catch (error) {
    if (error instanceof MalformedError) throw error;
    throw new MalformedError('a text is not UTF-8');
  }
};

/** Whether it comes back from UTF-8 as it was: half a surrogate pair does not, and two keys would be one. */
export const isKey = (key: unknown): key is string => {
  if (typeof key !== 'string') return false;
  const bytes = encodeText(key);
  return bytes.length <= MOST_KEY_BYTES && decodeText(bytes) === key;
};
