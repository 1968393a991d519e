import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { NodeIdentity } from '@synod/core';
import { capability, curveKeyPair } from 'zeromq';
import { quoted, refuse } from './refuse.js';
import { fromZ85, toZ85 } from './z85.js';

/** CURVE, ZeroMQ's encryption and authentication (its RFC 26). Keys are texts of 40 characters, as `newCurveKeys` makes them. */
export interface ZmqCurve {
  /** The secret key of this node or client, and of no other. Its public key follows from it. */
  readonly secretKey: string;
  /**
   * Node id to public key, for every node that the topology lists: the same in all configurations. A list of keys, while one takes
   * the place of another: each of them is the node's.
   */
  readonly nodes: Readonly<Record<string, string | readonly string[]>>;
  readonly clients?: never;
}

/** CURVE of a node that the topology lists. */
export interface ZmqServerCurve extends Omit<ZmqCurve, 'clients'> {
  /** The public keys that may come in at `door`; they open nothing else, and a node's key does not open the door. */
  readonly clients?: readonly string[];
}

/** The keys of an option `curve` that was checked. */
export interface CurveKeys {
  readonly secretKey: string;
  readonly publicKey: string;
  readonly nodes: ReadonlyMap<string, readonly string[]>;
  readonly clients: ReadonlySet<string>;
}

/** A new key pair from the system's random numbers. Whoever knows `secretKey` is its owner: it goes into no log and no repository. */
export const newCurveKeys = (): { readonly publicKey: string; readonly secretKey: string } => curveKeyPair();

/** What comes before the 32 bytes of an X25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const KEY_BYTES = 32;

const publicKeyOf = (secret: Uint8Array): string => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  return toZ85(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES));
};

/** The message does not repeat what was found: it may be a secret key, or a part of one. */
const checkKey = (option: string, given: unknown): Uint8Array => {
  const expected = 'expected a key: a text of 40 characters of Z85, as newCurveKeys makes it';
  if (typeof given !== 'string') return refuse('BAD_KEY', `${option} is ${given === undefined ? 'missing' : 'no text'}; ${expected}`);
  if (given.length !== 40) return refuse('BAD_KEY', `${option} has ${given.length} characters (is a line break among them?); ${expected}`);
  return fromZ85(given) ?? refuse('BAD_KEY', `${option} has a character that Z85 has not, or says more than its bytes can; ${expected}`);
};

const KEYS = ['secretKey', 'nodes', 'clients'];

/** Throws `ConfigurationError`, naming the option, unless `curve` suits this node, which is listed or a client. */
export const checkCurve = (given: ZmqCurve | ZmqServerCurve, { self, topology }: NodeIdentity, door: string | undefined): CurveKeys => {
  if (typeof given !== 'object' || given === null) refuse('BAD_OPTION', 'curve is no object; give { secretKey, nodes }, or leave it out');
  if (!capability.curve) refuse('CURVE_MISSING', 'curve is given, but this build of ZeroMQ has no CURVE; install one that has');
  const unknown = Object.keys(given).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) refuse('BAD_OPTION', `unknown option ${quoted(unknown)} of curve; known are ${KEYS.join(', ')}`);
  const secretKey = given.secretKey;
  const publicKey = publicKeyOf(checkKey('curve.secretKey', secretKey));
  /** Public key to the option that gives it: no key stands for two. */
  const owners = new Map<string, string>();
  const own = (option: string, key: unknown): string => {
    checkKey(option, key);
    if (key === secretKey) refuse('BAD_KEY', `${option} is the secret key of this node; give public keys there, and make a new pair`);
    const other = owners.get(key as string);
    if (other !== undefined) refuse('BAD_KEY', `${other} and ${option} are the same key; each node and each client has its own`);
    owners.set(key as string, option);
    return key as string;
  };

  if (typeof given.nodes !== 'object' || given.nodes === null || Array.isArray(given.nodes))
    refuse('BAD_OPTION', 'curve.nodes is no object; give the public key of each node, by its id');
  const nodes = new Map<string, readonly string[]>();
  for (const [node, keys] of Object.entries(given.nodes)) {
    if (!topology.nodes.includes(node))
      refuse('UNKNOWN_NODE', `curve.nodes names ${quoted([node])}; the topology lists ${quoted(topology.nodes)}`);
    if (Array.isArray(keys) && keys.length === 0) refuse('BAD_KEY', `curve.nodes.${node} is an empty list; give the node's public key`);
    nodes.set(node, Array.isArray(keys) ? keys.map((key, i) => own(`curve.nodes.${node}[${i}]`, key)) : [own(`curve.nodes.${node}`, keys)]);
  }
  const missing = topology.nodes.filter((node) => !nodes.has(node));
  if (missing.length > 0) refuse('MISSING_KEY', `curve.nodes lacks ${quoted(missing)}; give the public key of every node of the topology`);

  const listed = topology.nodes.includes(self);
  if (listed && !nodes.get(self)!.includes(publicKey))
    refuse('BAD_KEY', `curve.secretKey is not of node ${quoted([self])}: its public key is ${publicKey}, which curve.nodes.${self} is not`);
  if (!listed && given.clients !== undefined) refuse('BAD_OPTION', 'curve.clients is for a listed node: a client lets nobody in');
  if (door !== undefined && given.clients === undefined)
    refuse('MISSING_KEY', 'curve.clients is missing; list the public keys that may come in at door (an empty list: nobody)');
  if (given.clients !== undefined && !Array.isArray(given.clients)) refuse('BAD_OPTION', 'curve.clients is no list; give public keys');
  const clients = new Set((given.clients ?? []).map((key, i) => own(`curve.clients[${i}]`, key)));
  if (!listed && owners.has(publicKey)) refuse('BAD_KEY', `curve.secretKey is that of ${owners.get(publicKey)}; a client has its own`);
  return { secretKey, publicKey, nodes, clients };
};
