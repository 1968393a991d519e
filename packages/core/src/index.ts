export type { Actor, ActorContext, ActorDecorator, RecoveredRole } from './actor/actor.js';
export { type Address, AddressBook, formatAddress } from './actor/address.js';
export { type Effect, Effects, type Notice, type TraceEvent } from './actor/effect.js';
export type { Envelope, Message } from './actor/envelope.js';
export { type Logger, silentLogger } from './actor/logger.js';
export { type Random, randomBelow, randomHex, systemRandom } from './actor/random.js';
export { extended, type Role, react } from './actor/react.js';
export type { TracedEvent, Tracing } from './actor/tracer.js';
export type { MultiPaxosOptions, MultiPaxosSettings } from './consensus/multi-paxos/options.js';
export { multiPaxosPhrases } from './consensus/multi-paxos/phrases.js';
export { multiPaxos } from './consensus/multi-paxos/protocol.js';
export { majority, type QuorumSystem, type Quorums } from './consensus/quorum.js';
export { type Counts, counts } from './consensus/quorums/counts.js';
export { grid } from './consensus/quorums/grid.js';
export { quorums } from './consensus/quorums/part.js';
export { type Sets, sets } from './consensus/quorums/sets.js';
export { type Weights, weighted } from './consensus/quorums/weighted.js';
export type { Versioned } from './consensus/register/calls.js';
export type { CallOptions, ChangeOptions, RegisterClient } from './consensus/register/client.js';
export { Rejected, reject } from './consensus/register/operation.js';
export type { RegisterOptions, RegisterSettings } from './consensus/register/options.js';
export { registerPhrases } from './consensus/register/phrases.js';
export { type RegisterParts, register } from './consensus/register/protocol.js';
export type { NamedChange, NamedQuery } from './consensus/register/works.js';
export type { LearnOptions, ProposeOptions, SynodClient } from './consensus/synod/client.js';
export type { Learning, SynodOptions, SynodSettings } from './consensus/synod/options.js';
export { synodPhrases } from './consensus/synod/phrases.js';
export { synod } from './consensus/synod/protocol.js';
export * from './errors.js';
export { createNode, type NodeOptions } from './node/create-node.js';
export { memoryStorage, memoryTransport } from './node/memory-parts.js';
export type { Node, NodeEvent, NodeStatus, RunningNode } from './node/node.js';
export { startNode } from './node/start-node.js';
export {
  QueryError,
  type QueryOptions,
  type ReplicatedClient,
  ResultWithheldError,
  type SubmitOptions,
  UnknownOutcomeError,
} from './replication/client.js';
export { type Codec, msgpack } from './replication/codec.js';
export type { At, StateMachine, StateMachineCodecs } from './replication/state-machine.js';
export type { ValueMachine } from './replication/value-machine.js';
export type { Disk, DiskFile } from './storage/disk.js';
export { MemoryStorage } from './storage/memory-storage.js';
export type { LogRecord, Recovered, Storage, StorageCapabilities, StorageIdentity } from './storage/storage.js';
export type { Fields, Phrase, Phrasebook } from './tracing/phrases.js';
export { traceLine } from './tracing/trace-line.js';
export { story, Transcript, type TranscriptOptions, transcriptOf } from './tracing/transcript.js';
export { ByteReader, ByteWriter, MalformedError } from './transport/bytes.js';
export * as fields from './transport/fields.js';
export { checkLimits, type LimitBounds } from './transport/limits.js';
export { MemoryNetwork } from './transport/memory-transport.js';
export type { MessageCodec, WireMessages } from './transport/message-codec.js';
export { Tally } from './transport/tally.js';
export type { Transport, TransportCapabilities, TransportStatus } from './transport/transport.js';
export { decorate } from './wiring/decorate.js';
export { GROUP, Group, group, ProtocolPart, type ReplicatesStateMachine, StateMachinePart, state, stateMachine } from './wiring/group.js';
export { type ClientPort, type Gauges, type GroupStatus, PROTOCOL, type Protocol, type RoleDefinition } from './wiring/protocol.js';
export * from './wiring/tokens.js';
export { colocated, type Topology, topology } from './wiring/topology.js';
