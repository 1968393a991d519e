import { compose } from './composition.js';
import type { Deployment } from './deployments.js';
import { toleranceOf } from './tolerance.js';

const ROLES = ['proposer', 'leader', 'acceptor', 'learner'];

const mayCrash = (count: number): string => (count === 0 ? 'none may crash' : `any ${count} may crash`);

/** Who plays what, and how many may crash, role by role. */
export const describe = (name: string, deployment: Deployment): string => {
  const { cluster } = compose(deployment);
  const acceptors = cluster.playing('acceptor');
  const { withElections, underTheLeader } = toleranceOf(acceptors, deployment.quorums);
  const more = underTheLeader > withElections ? `, ${underTheLeader} as long as the leader does not` : '';
  const notes: Readonly<Record<string, (count: number) => string>> = {
    proposer: () => 'and every client node',
    acceptor: () => mayCrash(withElections) + more,
  };
  const nodes = ROLES.map((role) => cluster.playing(role).join(' ') || 'none');
  const width = Math.max(...nodes.map(({ length }) => length));
  const rows = ROLES.map((role, i) => {
    const note = notes[role] ?? ((count: number) => mayCrash(count - 1));
    return `  ${role.padEnd(8)}  ${(nodes[i] as string).padEnd(width)}  ${note(cluster.playing(role).length)}`;
  });
  return `${name}: ${deployment.about}\n${rows.join('\n')}\nA node counts in each of its roles.\n`;
};
