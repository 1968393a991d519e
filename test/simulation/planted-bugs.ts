import { type Actor, type ActorContext, decorate, type Effect, type Envelope, type Message } from '@synod/core';
import { from, map, mergeMap, tap } from 'rxjs';
import { vi } from 'vitest';
import { NO_BALLOT, sameBallot } from '../../packages/core/src/consensus/ballot.js';
import { recoverAcceptor } from '../../packages/core/src/consensus/multi-paxos/acceptor-log.js';
import { Commander } from '../../packages/core/src/consensus/multi-paxos/commander.js';
import { type Epoch, lastOf } from '../../packages/core/src/consensus/multi-paxos/epochs.js';
import type { Accept, AcceptorMessage, LeaderMessage, LearnerMessage } from '../../packages/core/src/consensus/multi-paxos/messages.js';
import { VotedLog } from '../../packages/core/src/consensus/multi-paxos/voted-log.js';
import { EntryType, emptyEntry } from '../../packages/core/src/replication/entry.js';
import { SessionTable } from '../../packages/core/src/replication/sessions.js';

type Part = ReturnType<typeof decorate>;

/** An actor of `role` that does something else than what its rules say. */
const misbehaving = (role: string, instead: (effect: Effect, context: ActorContext) => readonly Effect[]): Part =>
  decorate(
    role,
    (actor: Actor) => (mailbox$, context) => actor(mailbox$, context).pipe(mergeMap((effect) => from(instead(effect, context)))),
  );

/** An actor of `role` that hears something else than what was said. */
const mishearing = (role: string, instead: (envelope: Envelope, context: ActorContext) => readonly Envelope[]): Part =>
  decorate(role, (actor: Actor) => (mailbox$, context) => actor(mailbox$.pipe(mergeMap((said) => from(instead(said, context)))), context));

const inRecord = (record: Uint8Array): 'votes' | 'a promise' | 'neither' => {
  const { log, promised } = recoverAcceptor({ records: [record] });
  if (log.size > 0) return 'votes';
  return sameBallot(promised, NO_BALLOT) ? 'neither' : 'a promise';
};

const notPersisting = (what: 'votes' | 'a promise'): Part =>
  misbehaving('acceptor', (effect) => (effect.effect === 'persist' && inRecord(effect.record) === what ? [] : [effect]));

/** An acceptor that votes without persisting: its answer waits for nothing, and a crash takes the vote back. */
export const votesInMemory = (): Part => notPersisting('votes');

/** An acceptor that forgets at its restart what it promised and did not vote on. */
export const promisesInMemory = (): Part => notPersisting('a promise');

/** An acceptor that takes whatever others have on record of it for what its data knows: an old copy votes, too. */
export const trustsItsData = (): Part =>
  decorate('acceptor', (actor: Actor) => (mailbox$, context) => {
    let recorded: Epoch;
    const agreed = (said: Envelope): Envelope => ({ ...said, message: { ...said.message, recorded } as Message });
    return actor(mailbox$.pipe(map((said) => (said.message.kind === 'enrolled' ? agreed(said) : said))), context).pipe(
      tap((effect) => {
        const said = effect.effect === 'send' ? (effect.message as AcceptorMessage) : undefined;
        if (said?.kind === 'enrol') recorded = lastOf(said.epochs);
      }),
    );
  });

/** A leader that fills each slot in which phase 1 found a vote with a no-op. */
export const noopsInsteadOfVotes = (): Part =>
  mishearing('leader', (envelope) => {
    const heard = envelope.message as LeaderMessage;
    if (heard.kind !== 'promise') return [envelope];
    const votes = heard.votes.map((vote) => ({ ...vote, entry: emptyEntry(EntryType.Noop, vote.entry.time) }));
    return [{ ...envelope, message: { ...heard, votes } satisfies LeaderMessage }];
  });

/** A leader to which every vote counts as that of another node too. */
export const votesCountedTwice = (nodes: readonly string[]): Part =>
  mishearing('leader', (envelope, context) => {
    if (envelope.message.kind !== 'accepted') return [envelope];
    const other = nodes.find((node) => node !== envelope.from.node) as string;
    return [envelope, { ...envelope, from: context.address('acceptor', other) }];
  });

/** A leader that proposes to the node `to` another log time than to the rest, at one ballot. */
export const anotherProposalTo = (to: string): Part =>
  misbehaving('leader', (effect) => {
    if (effect.effect !== 'send' || effect.to.node !== to) return [effect];
    const said = effect.message as AcceptorMessage;
    if (said.kind !== 'accept') return [effect];
    const entries = said.entries.map((entry) => ({ ...entry, time: entry.time + 1 }));
    return [{ ...effect, message: { ...said, entries } satisfies AcceptorMessage }];
  });

/** A leader that proposes something else whenever it sends a proposal again, to acceptors that vote for whatever they are sent. */
export const anotherProposalEachTime = (): Part => {
  vi.spyOn(VotedLog.prototype, 'noveltyOf').mockReturnValue('new');
  let times = 0;
  return misbehaving('leader', (effect) => {
    if (effect.effect !== 'send' || (effect.message as AcceptorMessage).kind !== 'accept') return [effect];
    const said = effect.message as Accept;
    times++;
    return [{ ...effect, message: { ...said, entries: said.entries.map((entry) => ({ ...entry, time: entry.time + times })) } }];
  });
};

/** A leader that forgets at its restart which rounds it has used. */
export const roundsInMemory = (): Part =>
  misbehaving('leader', (effect) => (effect.effect === 'persist' || effect.effect === 'checkpoint' ? [] : [effect]));

/** A leader that hears each batch as the one before it. */
export const batchesMixedUp = (): Part => {
  let before: Uint8Array | undefined;
  return mishearing('leader', (envelope) => {
    const heard = envelope.message as LeaderMessage;
    if (heard.kind !== 'request' || heard.seq === 0) return [envelope];
    const payload = before ?? heard.payload;
    before = heard.payload;
    return [{ ...envelope, message: { ...heard, payload } satisfies LeaderMessage }];
  });
};

/** A leader that lets acceptors forget whatever is chosen. */
export const forgetsTheChosen = (): Part =>
  misbehaving('leader', (effect) => {
    if (effect.effect !== 'send') return [effect];
    const said = effect.message as AcceptorMessage;
    if (said.kind !== 'accept' && said.kind !== 'heartbeat') return [effect];
    return [{ ...effect, message: { ...said, truncate: said.commit } satisfies AcceptorMessage }];
  });

/** A leader that never finds its window full. */
export const windowWithoutEnd = (): void => {
  vi.spyOn(Commander.prototype, 'openSlots', 'get').mockReturnValue(0);
};

/** A learner that takes each vote of its node's acceptor for a decision, unless its own leader asked for it. */
export const executesVotes = (): Part =>
  misbehaving('acceptor', (effect, context) => {
    if (effect.effect !== 'persist') return [effect];
    const votes = [...recoverAcceptor({ records: [effect.record] }).log.votes].filter(({ ballot }) => ballot.node !== context.self.node);
    const told = votes.map(({ slot, entry }): LearnerMessage => ({ kind: 'chosen', first: slot, entries: [entry], commit: 0 }));
    return [...told.map((message): Effect => ({ effect: 'send', to: context.address('learner'), message: message as Message })), effect];
  });

/** A replica that does not remember which batches it has executed. */
export const forgetfulSessions = (): void => {
  vi.spyOn(SessionTable.prototype, 'executed').mockImplementation(() => {});
};

/** A replica that takes over a snapshot without its sessions. */
export const sessionsNotRestored = (): void => {
  vi.spyOn(SessionTable.prototype, 'restore').mockImplementation(() => {});
};
