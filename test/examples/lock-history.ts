import { type At, colocated, group, multiPaxos, type ReplicatedClient, type StateMachine, stateMachine } from '@synod/core';
import { type Invariant, multiPaxosInvariants, type Operation, type Report, type Subject, type Workload } from '@synod/core/simulation';
import { logStorage } from '@synod/storage-file/log';
import { tap } from 'rxjs';
import { type Held, type LockCommand, type LockResult, LockTable } from '../../examples/lock-service/src/lock-table.js';

type Locks = ReplicatedClient<LockCommand, LockResult, string, Held | null>;
export type LockMachine = StateMachine<LockCommand, LockResult, string, Held | null>;

/** What is known of a grant from what replicas executed: when it began, and when it ended at the latest. By log time. */
interface Tenure {
  readonly lock: string;
  readonly holder: string;
  readonly from: number;
  until: number;
  /** The slot that said so last. */
  slot: number;
}

/** Remembers every grant of a history, whichever replica made it, and says what must not be. It shares no code with the table. */
class Register {
  readonly #tenures = new Map<number, Tenure>();
  readonly #last = new Map<string, number>();
  #highest = 0;
  report: Report = () => {};

  executed(command: LockCommand, { time, index }: At, result: LockResult): void {
    if (command.do === 'acquire') {
      if (result.is === 'granted') this.#granted(result.token, command, time, index);
      return;
    }
    const tenure = this.#tenures.get(command.token);
    // Another replica may have been further.
    if (tenure === undefined || result.is === 'lost' || index < tenure.slot) return;
    tenure.slot = index;
    tenure.until = command.do === 'renew' ? time + command.lease : time;
  }

  #granted(token: number, { lock, holder, lease }: Extract<LockCommand, { do: 'acquire' }>, time: number, slot: number): void {
    const known = this.#tenures.get(token);
    if (known !== undefined) {
      if (known.lock !== lock || known.holder !== holder || known.from !== time)
        this.report(`token ${token} was granted to ${known.holder} for ${known.lock}, and to ${holder} for ${lock}`);
      return;
    }
    if (token <= this.#highest) this.report(`token ${token} was granted after ${this.#highest}`);
    this.#highest = token;
    const before = this.#tenures.get(this.#last.get(lock) ?? 0);
    if (before !== undefined && before.until > time)
      this.report(`${holder} was granted ${lock} at ${time}, which ${before.holder} holds until ${before.until}`);
    this.#last.set(lock, token);
    this.#tenures.set(token, { lock, holder, from: time, until: time + lease, slot });
  }
}

/** What holders are told: no token twice, and a higher one to whoever asked after another had been told of its own. */
const tokensGrow: Invariant = {
  name: 'TokensGrow',
  watch: (report) => {
    const told = new Map<number, Operation>();
    let highest = 0;
    /** By operation, the highest token that anybody had been told of when it began. */
    const floors = new Map<string, number>();
    return {
      invoked: ({ id }) => void floors.set(id, highest),
      answered: (operation) => {
        const result = operation.result as LockResult | undefined;
        if (result?.is !== 'granted') return;
        const { token } = result;
        const other = told.get(token);
        if (other !== undefined) report(`token ${token} was told to ${other.id} and to ${operation.id}`);
        const floor = floors.get(operation.id) ?? 0;
        if (token <= floor) report(`${operation.id} was told token ${token}, after token ${floor} had been told`);
        told.set(token, operation);
        highest = Math.max(highest, token);
      },
    };
  },
};

/** Three locks; who renews or releases comes with a token that somebody was granted, be it long over. */
const workload = (): Workload<Locks> => {
  const granted: { lock: string; token: number }[] = [];
  return {
    next: (random, holder) => {
      const lease = 50 + random.below(500);
      const grant = granted.at(-1 - random.below(6));
      const [op, arg]: readonly [string, object] =
        grant === undefined || random.chance(600)
          ? ['acquire', { lock: `lock-${random.below(3)}`, holder, lease }]
          : random.chance(500)
            ? ['renew', { ...grant, lease }]
            : ['release', grant];
      return { op, arg };
    },
    ask: (client, { op, arg }, deadline) =>
      client.submit$({ do: op, ...(arg as object) } as LockCommand, { deadline }).pipe(
        tap((result) => {
          if (result.is === 'granted') granted.push({ lock: (arg as { lock: string }).lock, token: result.token });
        }),
      ),
    probe: (holder) => ({ op: 'acquire', arg: { lock: 'probe', holder, lease: 50 } }),
  };
};

const topology = colocated(['a', 'b', 'c']);
/** So that snapshots are taken, and sent, within seconds. */
const settings = { election: { least: 150, most: 1500 }, snapshot: { slots: 20, bytes: 4096 }, tail: 5 };

/** The locks in a history of their own; `machine` unless it is the table itself. */
export const lockSubject = (machine: () => LockMachine = () => new LockTable()): Subject<Locks> => {
  const register = new Register();
  const oneHolder: Invariant = {
    name: 'OneHolder',
    watch: (report) => {
      register.report = report;
      return {};
    },
  };
  const recorded = (): LockMachine => {
    const table = machine();
    const apply: LockMachine['apply'] = (command, at) => {
      const result = table.apply(command, at);
      register.executed(command, at, result);
      return result;
    };
    return {
      apply,
      query: (lock) => table.query(lock),
      snapshot: () => table.snapshot(),
      restore: (pieces) => table.restore(pieces),
      validate: (command) => table.validate?.(command),
      deadline: () => table.deadline?.(),
      advance: (time) => table.advance?.(time),
    };
  };
  return {
    topology,
    group: () => group('locks', multiPaxos(settings), stateMachine(recorded)),
    storage: ({ disk }) => logStorage({ disk, segmentBytes: 65_536 }),
    workload: workload(),
    invariants: [oneHolder, tokensGrow, ...multiPaxosInvariants({ topology, settings })],
  };
};
