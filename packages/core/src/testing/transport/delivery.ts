import { config } from 'rxjs';
import { bytesOf, noise, same, shown, textOf } from '../bytes.js';
import { check } from '../check.js';
import { turn } from '../waiting.js';
import type { Probe } from './probe.js';
import type { Cases, Trial } from './trial.js';

/** Sends frames again and again until all have arrived, and fails if anything else does. Frames handed to `send` are copies. */
const carry = async (trial: Trial, from: Probe, to: Probe, frames: readonly Uint8Array[], rule: string): Promise<void> => {
  const heard = (frame: Uint8Array) => to.heard.some((one) => same(one, frame));
  for (const frame of frames)
    await trial.waiting.until(
      `${rule}: ${shown(frame)} arrive`,
      () => heard(frame),
      () => from.transport.send(to.node, frame.slice()),
      () => `the last that arrived: ${to.heard.slice(-3).map(shown).join(', ') || 'nothing'}`,
    );
  for (const one of to.heard)
    check(
      frames.some((frame) => same(one, frame)),
      `${rule}: ${to.node} heard ${shown(one)}, which nobody sent`,
    );
};

let ignoring = 0;
let usual: typeof config.onUnhandledError;

/** RxJS would end the process a moment after a subscriber threw, and the suite with it. Several cases may run at a time. */
const unhandledErrorsIgnored = (): (() => void) => {
  if (ignoring++ === 0) {
    usual = config.onUnhandledError;
    config.onUnhandledError = () => {};
  }
  return () => {
    if (--ignoring === 0) config.onUnhandledError = usual;
  };
};

export const deliveryCases = (cases: Cases): void => {
  const nodes = ['a', 'b'];

  cases.rule('says of itself what its subject says, and a limit of frames', { nodes }, async (trial) => {
    const { clients = false, tellsPeers = false, maxFrameBytes } = trial.life('a').transport.capabilities;
    const { capabilities } = cases.subject;
    check(clients === (capabilities.clients ?? false), `capabilities.clients is ${clients}, and the subject says otherwise`);
    check(tellsPeers === (capabilities.tellsPeers ?? false), `capabilities.tellsPeers is ${tellsPeers}, and the subject says otherwise`);
    check(Number.isSafeInteger(maxFrameBytes) && maxFrameBytes > 0, `capabilities.maxFrameBytes is ${maxFrameBytes}, no number of bytes`);
  });

  cases.rule('carries frames between two nodes, both ways', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    for (let i = 0; i < 20; i++) await trial.meet(a, b, 'frames arrive');
  });

  cases.rule('never hands a node what it sends itself', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    for (let i = 0; i < 5; i++) {
      a.transport.send('a', bytesOf(trial.text(a, 'a')));
      await trial.meet(a, b, 'a node that sends to itself and to others is heard by the others');
    }
    const own = a.heard.map(textOf).find((text) => text.startsWith('a to'));
    check(own === undefined, `a node hears others alone: a heard ${JSON.stringify(own)}, which it sent`);
  });

  cases.rule('carries frames of one byte up to its limit, whole and unchanged', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    const most = a.transport.capabilities.maxFrameBytes;
    const sizes = [1, 2, 64, 127, 128, 129, 255, 256, 257, 4_096, 65_535, 65_536, 65_537, 1_000_000, most].filter((size) => size <= most);
    await carry(
      trial,
      a,
      b,
      sizes.map((size) => noise(size, size)),
      'a frame arrives whole and unchanged',
    );
  });

  cases.rule('carries any bytes, and of a larger buffer no more than the frame', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    const every = Uint8Array.from({ length: 1_024 }, (_, i) => (i < 512 ? i : i >> 1));
    const texts = ['\r\n', '\n\n', '\0', '{"json":true}\n', 'GET / HTTP/1.1\r\n\r\n', 'PUB a 5\r\nhello\r\n', 'ünïcödé \u{1F600}'];
    const frames = [
      every,
      new Uint8Array(300),
      new Uint8Array(300).fill(255),
      every.subarray(3, 10),
      every.subarray(100, 900),
      ...texts.map(bytesOf),
    ];
    await carry(trial, a, b, frames, 'a frame arrives whatever its bytes are');
    const whole = noise(5_000, 5);
    for (const part of [whole.subarray(7, 19), whole.subarray(1_000, 4_000)])
      await trial.waiting.until(
        `of a larger buffer only the frame is sent: ${shown(part)} arrive`,
        () => b.heard.some((one) => same(one, part)),
        // The whole buffer is the transport's to keep: a new one every time.
        () => a.transport.send('b', whole.slice().subarray(part.byteOffset, part.byteOffset + part.length)),
      );
  });

  cases.rule('drops a frame over its limit at once, tells so, and carries the next', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    await trial.meet(a, b, 'frames arrive');
    const most = a.transport.capabilities.maxFrameBytes;
    check(!a.transport.send('b', new Uint8Array(most + 1)), `send of ${most + 1} bytes, one over the limit, returned true`);
    await trial.waiting.until('a frame over the limit is told as dropped on status$', () => a.hasDropped('b'));
    await trial.meet(a, b, 'after a frame over the limit others arrive');
    const over = b.heard.find(({ length }) => length > most);
    check(over === undefined, `a frame over the limit of ${most} bytes arrived`);
  });

  cases.rule('never changes or reuses a frame that it handed over', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    const kept: { frame: Uint8Array; copy: Uint8Array }[] = [];
    b.transport.inbound$.subscribe((frame) => kept.push({ frame, copy: Uint8Array.from(frame) }));
    const sizes = [10, 100, 1_000, 10_000];
    for (let i = 0; i < 200; i++) {
      a.transport.send('b', noise(sizes[i % sizes.length] as number, i));
      if (i % 20 === 0) await trial.reach(a, b, 'frames arrive');
    }
    await trial.reach(a, b, 'frames arrive');
    const changed = kept.findIndex(({ frame, copy }) => !same(frame, copy));
    check(
      changed < 0,
      `a frame from inbound$ is the subscriber's own: frame ${changed} of ${kept.length} changed after it was handed over`,
    );
  });

  cases.rule('goes on when a subscriber of inbound$ throws', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    const listen = unhandledErrorsIgnored();
    const broken = b.transport.inbound$.subscribe(() => {
      throw new Error('a bug of the subscriber');
    });
    try {
      for (let i = 0; i < 5; i++) await trial.meet(a, b, 'frames arrive, whatever a subscriber does');
    } finally {
      broken.unsubscribe();
      await turn();
      listen();
    }
  });

  cases.rule('takes a frame for a name that nobody has, and troubles nobody with it', { nodes }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    for (const name of ['nobody', 'a-b_C9', 'x'.repeat(64), '__proto__', 'constructor']) {
      try {
        a.transport.send(name, bytesOf('lost'));
      } catch (error) {
        throw new Error(`send never throws, also for the unknown node ${JSON.stringify(name)}`, { cause: error });
      }
    }
    await trial.meet(a, b, 'after frames for nobody others arrive');
    check(![a, b].some((probe) => probe.hasHeard('lost')), 'a frame for another name arrived');
  });

  cases.rule('joins many nodes, each with each', { nodes: [...'abcdefg'] }, async (trial) => {
    const probes = await trial.ups(...'abcdefg');
    await Promise.all(
      probes.flatMap((from) => probes.filter((to) => to !== from).map((to) => trial.reach(from, to, 'of seven nodes each reaches each'))),
    );
    for (const { node, heard } of probes)
      for (const text of heard.map(textOf))
        check(text.includes(` to ${node},`), `${node} heard ${JSON.stringify(text)}, which is for another`);
  });
};
