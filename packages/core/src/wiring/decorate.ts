import { ContainerModule, type ServiceIdentifier } from 'inversify';
import type { ActorDecorator } from '../actor/actor.js';

export interface DecoratedRole {
  readonly role: string;
  readonly decorator: ActorDecorator;
}

export const ACTOR_DECORATOR = Symbol.for('@synod/core/actor-decorator') as ServiceIdentifier<DecoratedRole>;

/**
 * A part that wraps the actors of a role, or of every role if it is `*`, without touching them: to tap, delay, filter or meter. In
 * a deployment it holds for every group, among a group's parts for that group. Several wrap one another, the first innermost.
 */
export const decorate = (role: string, decorator: ActorDecorator): ContainerModule =>
  new ContainerModule(({ bind }) => {
    bind(ACTOR_DECORATOR).toConstantValue({ role, decorator });
  });
