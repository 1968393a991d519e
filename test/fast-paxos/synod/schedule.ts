import type { ActorContext, Effects, Role } from '@synod/core';
import { admitted, type ChooseEvent } from '@synod/core/consensus';
import type { Observer } from '@synod/core/simulation';
import { Call } from '@synod/core/synod';
import { fastSynodInvariants } from '@synod/fast-paxos/simulation';
import { Acceptor } from '../../../packages/fast-paxos/src/synod/acceptor.js';
import { Coordinator } from '../../../packages/fast-paxos/src/synod/coordinator.js';
import { Learner } from '../../../packages/fast-paxos/src/synod/learner.js';
import type { AcceptorMessage } from '../../../packages/fast-paxos/src/synod/messages.js';
import { type Recovery, withDefaults } from '../../../packages/fast-paxos/src/synod/options.js';
import { type Placement, placementOf } from '../../../packages/fast-paxos/src/synod/placement.js';
import { Proposer } from '../../../packages/fast-paxos/src/synod/proposer.js';
import { ScriptedRoles, utf8 } from '../../core/synod/scripted-roles.js';

const ACCEPTORS = ['a1', 'a2', 'a3', 'a4', 'a5'];
const COORDINATORS = ['A', 'B'];
/** Each with a learner, which acceptors tell of their votes. */
const PROPOSERS = ['P', 'Q', 'R'];

/**
 * The roles of Fast Paxos under a script, with five acceptors; its invariants watch all of it. When it begins, A has opened ballot 1.A.
 */
export class Schedule extends ScriptedRoles {
  /** Where what was taken for chosen was chosen, by who took it. */
  readonly chosenAt = new Map<string, ChooseEvent['ballot']>();

  constructor({ recovery = 'coordinated' }: { readonly recovery?: Recovery } = {}) {
    const playing = (role: string): readonly string[] =>
      role === 'acceptor' ? ACCEPTORS : role === 'coordinator' ? COORDINATORS : PROPOSERS;
    const placement = placementOf({ playing });
    const options = withDefaults({ recovery });
    const report = (what: string): never => {
      throw new Error(what);
    };
    const observers: readonly Observer[] = fastSynodInvariants({ topology: { playing }, uncoordinated: options.uncoordinated }).map(
      ({ name, watch }) => watch((what) => report(`${name}: ${what}`)),
    );
    const chosenAt = new Map<string, ChooseEvent['ballot']>();
    super({
      roles: {
        ...Object.fromEntries(ACCEPTORS.map((node) => [node, ['acceptor']])),
        ...Object.fromEntries(PROPOSERS.map((node) => [node, ['learner', 'proposer']])),
        ...Object.fromEntries(COORDINATORS.map((node) => [node, ['coordinator']])),
      },
      make: (role, context, effects) => make(role, placement, options, context, effects),
      traced: (node, event) => {
        if (event.event === 'choose') chosenAt.set(node, (event as ChooseEvent).ballot);
        for (const observer of observers) if (observer.traces?.includes(event.event)) observer.traced?.(node, event);
      },
      received: (said) => {
        for (const observer of observers) if (observer.hears?.includes(said.message.kind)) observer.received?.(said);
      },
      recovered: (address, found) => {
        for (const observer of observers) observer.recovered?.(address, found);
      },
    });
    this.chosenAt = chosenAt;
  }

  /** The client of this node wants this decided, and its proposer says so. */
  propose(node: string, value: string): this {
    const call = new Call(utf8.encode(value), this.now, this.now + 60_000, { resolve: () => {}, reject: () => {} });
    return this.say(node, 'proposer', { kind: 'propose', call });
  }

  /** These acceptors vote for what this proposer wants; what it said to others is lost. */
  votes(proposer: string, acceptors: string): this {
    this.deliver('proposal', proposer, acceptors);
    this.take(({ from, message }) => message.kind === 'proposal' && from.node === proposer);
    return this;
  }

  /** What this coordinator is told of votes at its ballot. */
  told2b(coordinator: string, acceptors: string): this {
    this.deliver('accepted', acceptors, coordinator, 'coordinator');
    return this;
  }
}

const make = (
  role: string,
  placement: Placement,
  options: ReturnType<typeof withDefaults>,
  context: ActorContext,
  effects: Effects,
): Role<never> => {
  if (role === 'acceptor') return admitted<AcceptorMessage>(new Acceptor(context, effects, placement, options));
  if (role === 'coordinator') return new Coordinator(context, effects, placement, options);
  if (role === 'learner') return new Learner(context, effects, placement, options);
  return new Proposer(context, effects, placement, options);
};
