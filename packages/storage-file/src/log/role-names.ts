interface RoleName {
  readonly role: string;
  readonly bytes: Uint8Array;
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

// Roles are few and fixed for the life of a process.
const byRole = new Map<string, RoleName>();
const known: RoleName[] = [];

const learn = (role: string): RoleName => {
  const name = { role, bytes: utf8.encode(role) };
  if (name.bytes.length > 0xffff) throw new RangeError(`the name of a role takes ${name.bytes.length} bytes; at most 65535 fit`);
  byRole.set(role, name);
  known.push(name);
  return name;
};

/** The name of a role in UTF-8. Not to be changed. */
export const encodeRole = (role: string): Uint8Array => (byRole.get(role) ?? learn(role)).bytes;

/** The role whose name is `bytes[start, end)`: to compare it with the few that there are takes a fifth of decoding it. */
export const decodeRole = (bytes: Uint8Array, start: number, end: number): string => {
  for (const name of known) if (isAt(name.bytes, bytes, start, end)) return name.role;
  return learn(text.decode(bytes.subarray(start, end))).role;
};

const isAt = (name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean => {
  if (name.length !== end - start) return false;
  // From the end: names of one group begin alike.
  for (let at = name.length - 1; at >= 0; at--) if (name[at] !== bytes[start + at]) return false;
  return true;
};
