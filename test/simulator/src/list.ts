import { allFaults } from '@synod/core/simulation';
import { subjectOf } from './campaign.js';
import { BUILT_IN } from './mutant-table.js';
import { MUTANTS } from './mutants/index.js';
import { PROTOCOLS } from './protocols.js';

/** All that has a name. */
export const listing = (): string => {
  const protocols = Object.keys(PROTOCOLS).flatMap((protocol) => {
    const { invariants, coverage = [], model } = subjectOf(protocol, 3);
    return [
      `protocol ${protocol}`,
      ...section('invariants', [...invariants.map(({ name }) => name), ...(model === undefined ? [] : ['Linearizable']), ...BUILT_IN]),
      ...section(
        'coverage',
        coverage.map(({ name }) => name),
      ),
    ];
  });
  const faults = allFaults.map(({ name, kind }) => `${kind.padEnd(8)} ${name}`);
  const mutants = MUTANTS.map(({ name, breaks }) => `${name.padEnd(40)} ${breaks}`);
  return [...protocols, 'faults', ...faults.map(indented), 'mutants', ...mutants.map(indented)].join('\n');
};

const section = (title: string, names: readonly string[]): readonly string[] => [`  ${title}`, ...names.map((name) => `    ${name}`)];

const indented = (line: string): string => `  ${line}`;
