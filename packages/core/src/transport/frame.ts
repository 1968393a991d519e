import type { AddressBook } from '../actor/address.js';
import type { Envelope } from '../actor/envelope.js';
import { ByteReader, ByteWriter, MalformedError, sizeOfAscii } from './bytes.js';
import type { MessageCodec } from './message-codec.js';

/**
 * One frame carries all that a node has to say to another in a turn:
 *
 *   u8 magic, u8 version, u32 cluster, ascii from, ascii to,
 *   then messages to the end: u32 group, u8 role (to), u8 role (from), u8 kind, u32 length, body
 */
const MAGIC = 0x53;
const VERSION = 1;
const MESSAGE_HEADER = 11;
/** A frame of so many bytes is closed: the receiver begins with it while the next is still being written. */
const FULL = 64 * 1024;

/** A group as frames know it. Role and kind numbers are positions in these lists. */
export interface GroupWire {
  readonly name: string;
  /** Names the protocol, its version and whatever else all nodes must agree on. */
  readonly fingerprint: string;
  readonly roles: readonly { readonly name: string; readonly kinds: readonly (readonly [kind: string, codec: MessageCodec])[] }[];
}

/** Why a frame, or a message in it, was thrown away. */
export type FrameRefusal = 'malformed' | 'version' | 'cluster' | 'destination' | 'group';

/** FNV-1a over UTF-16 units, 32 bits. */
export const hash32 = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
};

interface Target {
  readonly group: number;
  readonly role: number;
  readonly kinds: ReadonlyMap<string, { readonly id: number; readonly codec: MessageCodec }>;
}

/** A message on its way into a frame. */
interface Part {
  readonly target: Target;
  readonly from: number;
  readonly id: number;
  readonly codec: MessageCodec;
  readonly envelope: Envelope;
  readonly size: number;
}

export class FrameCodec {
  readonly #cluster: number;
  readonly #groups = new Map<number, GroupWire>();
  readonly #targets = new Map<string, Map<string, Target>>();

  constructor(
    private readonly self: string,
    cluster: string,
    private readonly addresses: AddressBook,
    groups: readonly GroupWire[],
  ) {
    this.#cluster = hash32(cluster);
    for (const wire of groups) {
      const id = hash32(`${wire.name} ${wire.fingerprint}`);
      this.#groups.set(id, wire);
      const targets = wire.roles.map(({ name, kinds }, role): [string, Target] => [
        name,
        { group: id, role, kinds: new Map(kinds.map(([kind, codec], i) => [kind, { id: i, codec }])) },
      ]);
      this.#targets.set(wire.name, new Map(targets));
    }
  }

  /**
   * Packs messages to one node into frames of at most `maxBytes`, and of hardly more than 64 KiB where a message alone is not larger. A message that alone exceeds it is handed to `tooLarge`.
   * `send` hears with each frame what is in it. Throws if a message has no codec: a protocol sent what it did not declare.
   */
  encode(
    to: string,
    envelopes: readonly Envelope[],
    maxBytes: number,
    send: (frame: Uint8Array, parts: readonly { readonly envelope: Envelope }[]) => void,
    tooLarge: (envelope: Envelope) => void,
  ): void {
    const header = 6 + sizeOfAscii(this.self) + sizeOfAscii(to);
    let parts: Part[] = [];
    let size = header;
    for (const envelope of envelopes) {
      const part = this.#part(envelope);
      const whole = MESSAGE_HEADER + part.size;
      if (header + whole > maxBytes) {
        tooLarge(envelope);
        continue;
      }
      if (size + whole > maxBytes || size > FULL) {
        send(this.#write(to, parts, size), parts);
        parts = [];
        size = header;
      }
      parts.push(part);
      size += whole;
    }
    if (parts.length > 0) send(this.#write(to, parts, size), parts);
  }

  /** Hands on each message of a frame. Never throws: what is not for us is named to `refuse`. */
  decode(frame: Uint8Array, deliver: (envelope: Envelope) => void, refuse: (why: FrameRefusal, detail: string) => void): void {
    try {
      // A plain view: those of Node's Buffer cost several times as much, and every payload is one.
      const reader = new ByteReader(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength));
      if (reader.u8() !== MAGIC) return refuse('malformed', 'not a frame of this protocol');
      const version = reader.u8();
      if (version !== VERSION) return refuse('version', `frame version ${version}, this node speaks ${VERSION}`);
      if (reader.u32() !== this.#cluster) return refuse('cluster', 'a frame of another cluster');
      const from = reader.ascii();
      const to = reader.ascii();
      if (to !== this.self) return refuse('destination', `a frame from ${from} for node ${to} came to ${this.self}: check the addresses`);
      while (reader.remaining > 0) {
        const group = this.#groups.get(reader.u32());
        const toId = reader.u8();
        const fromId = reader.u8();
        const toRole = group?.roles[toId];
        const fromRole = group?.roles[fromId];
        const kind = reader.u8();
        const body = new ByteReader(reader.blob());
        if (group === undefined) {
          refuse(
            'group',
            `a message from ${from} for a group that is not here, or whose protocol, or an option that all nodes must share, is another`,
          );
          continue;
        }
        const codec = toRole?.kinds[kind]?.[1];
        if (toRole === undefined || fromRole === undefined || codec === undefined) throw new MalformedError('no such role or message');
        const message = codec.read(body);
        body.end();
        deliver({
          from: this.addresses.of(from, group.name, fromRole.name),
          to: this.addresses.of(to, group.name, toRole.name),
          message,
        });
      }
    } catch (error) {
      refuse('malformed', (error as Error).message);
    }
  }

  #write(to: string, parts: readonly Part[], frameSize: number): Uint8Array {
    const writer = new ByteWriter(frameSize);
    writer.u8(MAGIC);
    writer.u8(VERSION);
    writer.u32(this.#cluster);
    writer.ascii(this.self);
    writer.ascii(to);
    for (const { target, from, id, codec, envelope, size } of parts) {
      const { message } = envelope;
      writer.u32(target.group);
      writer.u8(target.role);
      writer.u8(from);
      writer.u8(id);
      writer.u32(size);
      const before = writer.length;
      codec.write(message, writer);
      if (writer.length !== before + size)
        throw new Error(`the codec of ${message.kind} sized ${size} bytes and wrote ${writer.length - before}`);
    }
    return writer.bytes;
  }

  #part(envelope: Envelope): Part {
    const { from, to, message } = envelope;
    const target = this.#targets.get(to.group)?.get(to.role);
    const found = target?.kinds.get(message.kind);
    if (target === undefined || found === undefined) throw new Error(`${to.role} takes no ${message.kind} from another node`);
    const { id, codec } = found;
    return { target, from: this.#targets.get(from.group)?.get(from.role)?.role ?? 0, id, codec, envelope, size: codec.size(message) };
  }
}
