import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where programs made of blocks lie while they are checked and run. */
export const GENERATED = join(ROOT, 'test/dist/docs');

export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** A block of code on a page. */
export interface Block {
  readonly page: string;
  /** Where it begins, from 1. */
  readonly line: number;
  readonly language: string;
  readonly code: string;
}

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const readmesBelow = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => pagesIn(join(folder, name)));

/** Every page that a user reads, relative to the root. */
export const PAGES: readonly string[] = [...pagesIn('.'), ...pagesIn('docs'), ...readmesBelow('packages'), ...readmesBelow('examples')];

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

export const blocksOf = (page: string): readonly Block[] => {
  const text = textOf(page);
  return [...text.matchAll(FENCE)].map(({ index, 1: language = '', 2: code = '' }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    language,
    code,
  }));
};

const TSCONFIG = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: { noEmit: true, composite: false, incremental: false, declaration: false, declarationMap: false, types: ['node'] },
  include: ['*.ts'],
};

/** Empties the folder of generated programs. */
export const clearGenerated = (): void => {
  rmSync(GENERATED, { recursive: true, force: true });
  mkdirSync(GENERATED, { recursive: true });
  writeFileSync(join(GENERATED, 'tsconfig.json'), JSON.stringify(TSCONFIG));
};

/** Writes a program into that folder; its path. */
export const generate = ({ page, line }: Block, program: string): string => {
  const path = join(GENERATED, `${page.replace(/\W+/g, '-')}-${line}.ts`);
  writeFileSync(path, program);
  return path;
};
