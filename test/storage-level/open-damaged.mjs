// Started by damage.test.ts: opens copies of a database with one wrong byte each, and tells what became of them.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LevelStorage } from '../../packages/storage-level/dist/index.js';

const [at, whole] = process.argv.slice(2);
const texts = (iterable) => [...iterable].map((bytes) => Buffer.from(bytes).toString());

const outcome = async (directory) => {
  const storage = new LevelStorage({ directory });
  try {
    const { roles, position } = await storage.open({ cluster: 'shop', node: 'a', newGeneration: 'another' });
    const { checkpoint, records } = roles.get('counters/acceptor');
    const found = JSON.stringify({ checkpoint: texts(checkpoint), records: texts(records), position });
    return found === whole ? 'whole' : found;
  } catch (error) {
    return error.code ?? error.message;
  } finally {
    await storage.close();
  }
};

process.once('message', async (cases) => {
  for (const { table, offset } of cases) {
    const copy = `${at}-damaged`;
    rmSync(copy, { recursive: true, force: true });
    cpSync(at, copy, { recursive: true });
    const bytes = readFileSync(join(copy, table));
    bytes[offset] ^= 0x10;
    writeFileSync(join(copy, table), bytes);
    const result = await outcome(copy);
    await new Promise((sent) => process.send(result, sent));
  }
  process.disconnect();
});
