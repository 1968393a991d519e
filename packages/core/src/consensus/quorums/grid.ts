import type { Quorums } from '../quorum.js';
import { onlyMembers, refuse } from './refuse.js';

/**
 * Acceptors in rows of equal length: a whole column is a phase-1 quorum, a whole row a phase-2 quorum, and each row crosses each
 * column. So commands wait for a row, and an election for one acceptor of each. (Cheung, Ammar & Ahamad, The Grid Protocol, 1992;
 * Howard, Malkhi & Spiegelman, Flexible Paxos §3)
 */
export const grid =
  (rows: readonly (readonly string[])[]): Quorums =>
  (members) => {
    const [width = 0] = rows.map((row) => row.length);
    if (width === 0) refuse('grid: there is no row, or an empty one; give rows of acceptors');
    for (const [i, row] of rows.entries())
      if (row.length !== width) refuse(`grid: row ${i} holds ${row.length} acceptors, and row 0 ${width}; rows must be of one length`);
    const all = rows.flat();
    onlyMembers('grid:', all, members);
    for (const member of members) {
      const times = all.filter((node) => node === member).length;
      if (times !== 1) refuse(`grid: ${member} is in it ${times} times; every acceptor must be in it once`);
    }
    const columns = Array.from({ length: width }, (_, i) => rows.map((row) => row[i] as string));
    return {
      members,
      isPhase1: (nodes) => columns.some((column) => column.every((node) => nodes.has(node))),
      isPhase2: (nodes) => rows.some((row) => row.every((node) => nodes.has(node))),
      fingerprint: `grid(${rows.map((row) => row.join(',')).join(';')})`,
    };
  };
