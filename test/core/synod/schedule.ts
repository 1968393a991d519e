import type { ActorContext, Effects, Role } from '@synod/core';
import { admitted } from '../../../packages/core/src/consensus/enrolment/admission.js';
import type { Quorums } from '../../../packages/core/src/consensus/quorum.js';
import { Acceptor } from '../../../packages/core/src/consensus/synod/acceptor.js';
import { Call } from '../../../packages/core/src/consensus/synod/calls.js';
import { Learner } from '../../../packages/core/src/consensus/synod/learner.js';
import type { AcceptorMessage, Propose } from '../../../packages/core/src/consensus/synod/messages.js';
import { DEFAULTS, type Learning } from '../../../packages/core/src/consensus/synod/options.js';
import { type Placement, placementOf } from '../../../packages/core/src/consensus/synod/placement.js';
import { Proposer } from '../../../packages/core/src/consensus/synod/proposer.js';
import { Checker } from '../consensus/checker.js';
import { ScriptedRoles, utf8 } from './scripted-roles.js';

export interface Setting {
  readonly acceptors?: readonly string[];
  /** Each is on a node of its own, with a learner. */
  readonly proposers?: readonly string[];
  readonly learning?: Learning;
  readonly quorums?: Quorums;
}

/**
 * The roles of the Synod under a script; a checker watches all of it. Every proposer's first ballot has round 1; so those of A, B, C and D
 * are in this order, as 1, 2, 3 and 4 in the schedules of `docs/protocols.md`.
 */
export class Schedule extends ScriptedRoles {
  readonly #checker: Checker;

  constructor({ acceptors = ['a1', 'a2', 'a3'], proposers = ['A', 'B', 'C', 'D'], learning = 'all', quorums }: Setting = {}) {
    const placement = placementOf({ playing: (role) => (role === 'acceptor' ? acceptors : proposers) }, learning, quorums);
    const checker = new Checker(Math.floor(acceptors.length / 2) + 1);
    super({
      roles: Object.fromEntries([
        ...acceptors.map((node) => [node, ['acceptor']]),
        ...proposers.map((node) => [node, ['proposer', 'learner']]),
      ]),
      make: (role, context, effects) => make(role, placement, context, effects),
      traced: (node, event) => checker.watch(node, event),
    });
    this.#checker = checker;
  }

  /** A client of this node wants this decided. */
  propose(node: string, value: string): this {
    const call = new Call(utf8.encode(value), this.now, this.now + 60_000, { resolve: () => {}, reject: () => {} });
    return this.say(node, 'learner', { kind: 'propose', call } satisfies Propose);
  }

  /** How acceptors answer a proposer, taken off the wire and delivered. */
  answers(proposer: string): readonly string[] {
    return this.answersTo(proposer, 'proposer');
  }

  /** What is chosen, whoever knows of it. */
  get chosen(): string | undefined {
    const entry = this.#checker.chosen(0);
    return entry && utf8.decode(entry.payload);
  }
}

const make = (role: string, placement: Placement, context: ActorContext, effects: Effects): Role<never> => {
  if (role === 'acceptor') return admitted<AcceptorMessage>(new Acceptor(context, effects, placement, DEFAULTS));
  if (role === 'proposer') return new Proposer(context, effects, placement, DEFAULTS);
  return new Learner(context, effects, placement, DEFAULTS);
};
