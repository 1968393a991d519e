import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Block, blocksOf, clearGenerated, PAGES as EVERY_PAGE, GENERATED, generate, textOf } from './blocks.js';
import { type Composed, isQuotation, PROGRAMS, type Quotation } from './programs.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = promisify(execFile);

/** Its programs are one deployment of several processes, which `security.test.ts` runs. */
const RUN_AS_A_WHOLE = 'docs/security.md';
const PAGES = EVERY_PAGE.filter((page) => page !== RUN_AS_A_WHOLE);

const nameOf = ({ page, line }: Block): string => `${page}:${line}`;
const written = (language: string): readonly Block[] =>
  PAGES.flatMap((page) => blocksOf(page).filter((block) => block.language === language));

describe('code on the pages', () => {
  const blocks = PAGES.flatMap((page) =>
    blocksOf(page)
      .filter(({ language }) => language === 'ts')
      .map((block, i) => ({ name: nameOf(block), block, program: PROGRAMS[page]?.[i] })),
  );
  const paths = new Map<string, string>();

  beforeAll(() => {
    clearGenerated();
    for (const { name, block, program } of blocks)
      if (program !== undefined && !isQuotation(program)) paths.set(name, generate(block, programOf(block, program)));
  });

  test('each block of TypeScript is part of a program, and each program has its block', () => {
    expect(blocks.filter(({ program }) => program === undefined).map(({ name }) => name)).toEqual([]);
    expect(Object.values(PROGRAMS).flat()).toHaveLength(blocks.length);
  });

  test('is in a language that is run', () => {
    const languages = PAGES.flatMap(blocksOf).map((block) => block.language);
    expect(languages.filter((language) => !['', 'ts', 'sh'].includes(language))).toEqual([]);
  });

  test('has the types that it seems to have', async () => {
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
    await expect(run(process.execPath, [tsc, '-p', GENERATED]).catch(({ stdout }) => stdout)).resolves.toEqual({ stdout: '', stderr: '' });
  });

  test.each(blocks)('$name does what it says', async ({ name, block, program }) => {
    if (program === undefined) throw new Error(`${name} is part of no program`);
    if (isQuotation(program)) checkQuotation(program, block.code);
    else expect((await import(paths.get(name) as string)).told).toEqual(program.tells);
  });
});

const checkQuotation = (quotation: Quotation, code: string): void => {
  if ('file' in quotation) return expect(code).toBe(textOf(quotation.file));
  const text = textOf(quotation.excerptOf);
  const [first, ...others] = code.split('\n');
  const begins = text.split('\n').find((line) => line.trim() === first) ?? '';
  const indentation = begins.slice(0, begins.length - begins.trimStart().length);
  const indented = [first, ...others].map((line) => (line === '' ? '' : indentation + line)).join('\n');
  expect(`\n${text}`).toContain(`\n${indented}`);
};

const programOf = ({ code, ...where }: Block, { before = '', replace = {}, after = 'export {};' }: Composed): string => {
  let mine = code;
  for (const [found, instead] of Object.entries(replace)) {
    if (!mine.includes(found)) throw new Error(`${where.page}:${where.line} has no ${found}`);
    mine = mine.replaceAll(found, instead);
  }
  return `${before}\n${mine}\n${after}\n`;
};

describe('commands on the pages', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  /** Other people's programs. */
  const FOREIGN = ['redis-cli'];

  const commands = written('sh').flatMap((block) =>
    block.code
      .split('\n')
      .map((line) => line.replace(/\s+#.*$/, '').trim())
      .filter((line) => line !== '' && !FOREIGN.includes(line.split(' ')[0] as string))
      .map((line) => ({ line, name: nameOf(block) })),
  );

  /** What `npm run NAME` ends with, and so what its arguments go to. */
  const programOfScript = (name: string): readonly string[] => {
    const script = scripts[name];
    if (script === undefined) throw new Error(`there is no script ${name}; there are ${Object.keys(scripts).join(', ')}`);
    const last = script.split('&&').at(-1) as string;
    return last.trim().split(' ');
  };

  const parsed = (line: string): readonly string[] => {
    const [command, ...words] = line.split(/\s+/) as [string, ...string[]];
    if (command === 'npm') {
      const [name, ...args] = words[0] === 'run' ? words.slice(1) : words;
      return [...programOfScript(name as string), ...args.filter((word) => word !== '--')];
    }
    return [command, ...words];
  };

  /** Asked for help a program says so once it has understood the rest. */
  const answers = new Map<string, Promise<{ readonly stdout: string }>>();
  const answerTo = (args: readonly string[]): Promise<{ readonly stdout: string }> => {
    const key = JSON.stringify(args);
    const answer = answers.get(key) ?? run('node', args, { cwd: ROOT });
    answers.set(key, answer);
    return answer;
  };

  test.each(commands)('$name: $line names a program, and options that it takes', async ({ line }) => {
    const [program, ...args] = parsed(line);
    // Tests and builds are what runs this.
    if (program === 'vitest' || program === 'tsc') return;
    expect(program).toBe('node');
    const file = args.findIndex((word) => word.endsWith('.js'));
    const flags = args.slice(0, file);
    const own = args[file]?.includes('/') === true;
    const { stdout } = await answerTo(own ? [...args, '--help'] : [...flags, '--eval', 'console.log(1)']);
    expect(stdout).not.toBe('');
  });
});
