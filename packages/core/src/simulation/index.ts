export { AcceptorSets } from '../consensus/invariants/acceptor-sets.js';
export { agreement } from '../consensus/invariants/agreement.js';
export { ballotUnique } from '../consensus/invariants/ballot-unique.js';
export { ballotInvariants } from '../consensus/invariants/ballots.js';
export { durableReply } from '../consensus/invariants/durable-reply.js';
export { describeEntry, digestOf, digestOnce, digestsOf } from '../consensus/invariants/entries.js';
export { learnSound } from '../consensus/invariants/learn-sound.js';
export { oneValuePerBallot } from '../consensus/invariants/one-value-per-ballot.js';
export { oneVote } from '../consensus/invariants/one-vote.js';
export { promiseMonotone } from '../consensus/invariants/promise-monotone.js';
export { quorumValid } from '../consensus/invariants/quorum-valid.js';
export { safeAt } from '../consensus/invariants/safe-at.js';
export type { Memory, Testimony, Told } from '../consensus/invariants/testimony.js';
export { voteGuard } from '../consensus/invariants/vote-guard.js';
export { type Proposal, VoteHistory } from '../consensus/invariants/vote-history.js';
export { logInvariants, multiPaxosCoverage, multiPaxosInvariants, multiPaxosTestimony } from '../consensus/multi-paxos/invariants/index.js';
export { registerCoverage, registerInvariants } from '../consensus/register/invariants/index.js';
export { type SynodInvariantsOptions, synodCoverage, synodInvariants } from '../consensus/synod/invariants/index.js';
export { oneDecision } from '../consensus/synod/invariants/one-decision.js';
export { testimony as synodTestimony } from '../consensus/synod/invariants/testimony.js';
export { validity } from '../consensus/synod/invariants/validity.js';
export type { Applied, Coverage, Crash, Invariant, Observer, Operation, Outcome, Report, Restored } from '../wiring/observer.js';
export { Clients, type ClientsOptions } from './clients.js';
export { always, between, type Delay, mostly } from './delay.js';
export { type DiskCopy, type DiskFault, type DiskLatency, type DiskOperation, type Impairment, quickDisk, SimulatedDisk } from './disk.js';
export { type Damage, SECTOR_BYTES } from './disk-contents.js';
export * from './faults/index.js';
export { Host, type NodeFactory, type NodeParts, type ReplicaState } from './host.js';
export { boundedQueues } from './invariants/bounded-queues.js';
export { describeProgress, type Onlooked } from './invariants/eventual-progress.js';
export { exactlyOnce } from './invariants/exactly-once.js';
export { linearizableList } from './invariants/linearizable-list.js';
export { logTime } from './invariants/log-time.js';
export { prefixExec } from './invariants/prefix-exec.js';
export { slotAgreement } from './invariants/slot-agreement.js';
export { type CheckOptions, checkLinearizability } from './linearizability/check.js';
export { HistoryError, type HistoryOperation, historyLines, type Invocation, parseHistory } from './linearizability/history.js';
export { type Model, type Step, unknownInvocation } from './linearizability/model.js';
export { appendOnlyList, type ListInvocation } from './linearizability/models/append-only-list.js';
export {
  type KeyValueCommand,
  type KeyValueInvocation,
  type KeyValueResult,
  keyValueStore,
} from './linearizability/models/key-value-store.js';
export { type RegisterInvocation, type RegisterResult, register } from './linearizability/models/register.js';
export type { Blocked, LinearizabilityVerdict, Linearization } from './linearizability/verdict.js';
export { type ListClient, listWorkload } from './list-workload.js';
export { Nemesis, type PlannedFault, type PlanOptions, planFaults } from './nemesis.js';
export { calm, type Direction, type NetworkConditions, type NetworkCounts, rough, SimulatedNetwork } from './network.js';
export { historyOf } from './operation-history.js';
export { interruptible, overhear, simulated, watched } from './parts.js';
export { type Append, RecordingMachine, type ReplicaRecorder } from './recording-machine.js';
export { SeededRandom } from './seeded-random.js';
export { type Shrunk, shrink } from './shrink.js';
export {
  HISTORY_DEFAULTS,
  type History,
  type Run,
  type SimulationOptions,
  type Subject,
  simulate,
  type Verdict,
} from './simulate.js';
export { Trace } from './trace.js';
export { type ChildScheduler, VirtualScheduler } from './virtual-scheduler.js';
export type { Workload } from './workload.js';
export { HistoryTooLong, InvariantViolation, World, type WorldOptions } from './world.js';
