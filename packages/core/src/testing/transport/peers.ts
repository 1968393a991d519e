import { check } from '../check.js';
import type { Probe } from './probe.js';
import type { Cases } from './trial.js';

export const peerCases = (cases: Cases): void => {
  const nodes = ['a', 'b'];

  cases.rule('starts while its peers are absent, and reaches them once they come', { nodes: ['a', 'b', 'c'] }, async (trial) => {
    const a = await trial.up('a');
    for (let i = 0; i < 10; i++) for (const node of ['b', 'c']) a.transport.send(node, new Uint8Array(100));
    const b = await trial.up('b');
    await trial.meet(a, b, 'a peer that comes later is reached');
    const c = await trial.up('c');
    await trial.meet(a, c, 'a peer that comes later still is reached');
    await trial.meet(b, c, 'a peer that comes later still is reached');
  });

  cases.rule('reaches every new life of a peer', { nodes }, async (trial) => {
    const a = await trial.up('a');
    const lives: Probe[] = [];
    for (let life = 1; life <= 4; life++) {
      const b = await trial.up('b');
      await trial.meet(a, b, `life ${life} of a peer is reached`);
      await trial.stop(b);
      a.transport.send('b', new Uint8Array(10));
      lives.push(b);
    }
    const heard = lives.map((probe) => probe.heard.length);
    const b = await trial.up('b');
    await trial.meet(a, b, 'the last life of a peer is reached');
    check(
      lives.every((probe, i) => probe.heard.length === heard[i]),
      'an earlier life of a node heard a frame after its stop',
    );
  });

  cases.rule('keeps a bounded queue for a peer that takes nothing, and delays nobody else', { nodes: ['a', 'b', 'c'] }, async (trial) => {
    const resume = await trial.network.stall('c');
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    await trial.meet(a, b, 'frames arrive');
    const size = Math.min(65_536, a.transport.capabilities.maxFrameBytes);
    const bound = 256 * 1024 * 1024;
    let taken = 0;
    let refused = false;
    const send = () => {
      if (a.transport.send('c', new Uint8Array(size))) taken += size;
      else refused = true;
    };
    for (let i = 1; !refused && !a.hasDropped('c') && taken < bound; i++) {
      send();
      // Others are served between.
      if (i % 256 === 0) await trial.meet(a, b, 'a peer that takes nothing delays no other');
    }
    await trial.waiting.until(
      `what waits for a peer that takes nothing is bounded: send returns false, or a drop is told, before ${bound >> 20} MiB wait`,
      () => refused || a.hasDropped('c'),
      send,
      () => `${taken >> 20} MiB were taken`,
    );
    await trial.waiting.until('a drop is told on status$', () => a.hasDropped('c'), send);
    await trial.meet(a, b, 'a peer that takes nothing, with a full queue, delays no other');
    await resume();
    const c = await trial.up('c');
    await trial.meet(a, c, 'who comes in the place of a peer that took nothing is reached');
  });

  if (cases.subject.capabilities.tellsPeers)
    cases.rule('tells when a peer is connected, and when it is no more', { nodes }, async (trial) => {
      const a = await trial.up('a');
      for (let life = 1; life <= 2; life++) {
        const b = await trial.up('b');
        const again = () => void a.transport.send('b', new Uint8Array(1));
        await trial.waiting.until(`life ${life} of a peer is told as connected`, () => a.count('connected', 'b') >= life, again);
        await trial.meet(a, b, 'a peer that was told as connected is reached');
        await trial.stop(b);
        await trial.waiting.until(`end ${life} of a peer is told as disconnected`, () => a.count('disconnected', 'b') >= life, again);
      }
    });

  if (cases.subject.strangers)
    cases.rule('goes on after a stranger sent it what no transport does', { nodes }, async (trial) => {
      const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
      await trial.meet(a, b, 'frames arrive');
      const { network } = trial;
      if (network.intrude === undefined) throw new Error('the subject says `strangers`, and its network has no `intrude`');
      for (let i = 0; i < 3; i++) {
        await network.intrude('a');
        await trial.meet(a, b, 'after a stranger sent noise frames arrive');
      }
      const most = a.transport.capabilities.maxFrameBytes;
      const over = a.heard.find(({ length }) => length > most);
      check(over === undefined, `a frame of ${over?.length} bytes came in, over the limit of ${most}`);
    });
};
