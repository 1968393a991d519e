import type { At, StateMachine, StateMachineCodecs } from '@synod/core';
import { answersValues } from './commands.js';
import { Keyspace } from './keyspace.js';
import { MAX_REPLY_BYTES } from './limits.js';
import { repliesCodec } from './replies-codec.js';
import { REPLY_TOO_LARGE, type Reply, replyWeight } from './reply.js';
import { type Call, type Request, type Requests, requestsCodec } from './request.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';

/**
 * Redis strings, replicated: every reply depends on the commands so far and on log time, and on nothing else.
 *
 * There may be fewer replies than requests: those without a reply were not executed, since the replies before them are large.
 */
export class KeyValueMachine implements StateMachine<Requests, readonly Reply[], Requests, readonly Reply[]> {
  #keys = new Keyspace();

  readonly codecs: StateMachineCodecs<Requests, readonly Reply[], Requests, readonly Reply[]> = {
    command: requestsCodec,
    result: repliesCodec,
    query: requestsCodec,
    answer: repliesCodec,
  };

  apply(requests: Requests, { time }: At): readonly Reply[] {
    if (time > this.#keys.time) this.#keys.advance(time);
    return this.#runAll(requests);
  }

  query(requests: Requests): readonly Reply[] {
    const writing = calls(requests).find(({ command }) => command.access === 'write');
    if (writing !== undefined) throw new Error(`${writing.command.name} is no query: submit it`);
    return this.#runAll(requests);
  }

  deadline(): number | undefined {
    return this.#keys.nextDeadline;
  }

  advance(time: number): void {
    this.#keys.advance(time);
  }

  snapshot(): Iterable<Uint8Array> {
    return writeSnapshot(this.#keys);
  }

  restore(pieces: Iterable<Uint8Array>): void {
    this.#keys = readSnapshot(pieces);
  }

  #runAll(requests: Requests): readonly Reply[] {
    const replies = new Array<Reply>(requests.length);
    let room = MAX_REPLY_BYTES;
    for (let i = 0; i < requests.length; i++) {
      const reply = this.#run(requests[i]!);
      replies[i] = reply;
      room -= replyWeight(reply);
      if (room <= 0) return replies.slice(0, i + 1);
    }
    return replies;
  }

  #run(request: Request): Reply {
    if ('command' in request) return request.command.run(this.#keys, request.args);
    let room = MAX_REPLY_BYTES;
    return request.transaction.map(({ command, args }) => {
      // A transaction cannot stop half-way; but what would add to a reply that is too large already can be left undone.
      if (room <= 0 && answersValues(command, args)) return REPLY_TOO_LARGE;
      const reply = command.run(this.#keys, args);
      room -= replyWeight(reply);
      return reply;
    });
  }
}

const calls = (requests: Requests): Call[] => requests.flatMap((request) => ('command' in request ? [request] : request.transaction));
