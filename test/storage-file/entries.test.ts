import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const source = (path: string): string => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));

const WORKSPACE = new Map([
  ['@synod/core', source('core/src/index.ts')],
  ['@synod/storage-file/log', source('storage-file/src/log/index.ts')],
]);

const IMPORT = /(?:^(?:import|export) (?:[\w\s{},*$]* from )?|\bimport\(|\brequire\()['"]([^'"]+)['"]/gm;

/** Every module that is imported from `entry` on, for its types alone or not: files of this repository, and names of others'. */
const reachableFrom = (entry: string): Set<string> => {
  const reached = new Set<string>();
  const visit = (module: string): void => {
    if (reached.has(module)) return;
    reached.add(module);
    if (!module.endsWith('.ts')) return;
    const imports = readFileSync(module, 'utf8').matchAll(IMPORT);
    for (const [, name = ''] of imports) {
      visit(
        name.startsWith('.') ? fileURLToPath(new URL(name.replace(/\.js$/, '.ts'), `file://${module}`)) : (WORKSPACE.get(name) ?? name),
      );
    }
  };
  visit(entry);
  return reached;
};

const namesOf = (modules: Set<string>): string[] => [...modules].filter((module) => !module.endsWith('.ts')).sort();

test('nothing that @synod/storage-file/log reaches is a module of Node: all that is not of this repository runs in a browser', () => {
  const reached = reachableFrom(source('storage-file/src/log/index.ts'));
  expect(namesOf(reached)).toEqual(['inversify', 'msgpackr', 'rxjs']);
  expect(reached).toContain(source('storage-file/src/log/recovery.ts'));
  expect(reached).toContain(source('core/src/storage/disk.ts'));
});

test('the entry for Node reaches them, and so the search above would have found them', () => {
  const names = namesOf(reachableFrom(source('storage-file/src/index.ts')));
  expect(names).toEqual(expect.arrayContaining(['node:fs', 'node:fs/promises', 'fs-native-extensions']));
});
