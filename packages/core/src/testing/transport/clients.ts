import { bytesOf } from '../bytes.js';
import { check } from '../check.js';
import type { Probe } from './probe.js';
import type { Cases, Trial } from './trial.js';

/** A client asks, and is answered over what it opened. */
const ask = async (trial: Trial, client: Probe, node: Probe, rule: string): Promise<void> => {
  const question = trial.text(client, node.node);
  const answer = trial.text(node, client.node);
  const asking = () => void client.transport.send(node.node, bytesOf(question));
  await trial.waiting.until(`${rule}: ${node.node} hears the client ${client.node}`, () => node.hasHeard(question), asking);
  await trial.waiting.until(
    `${rule}: the client ${client.node} hears the reply of ${node.node}`,
    () => client.hasHeard(answer),
    () => {
      asking();
      node.transport.send(client.node, bytesOf(answer));
    },
  );
};

export const clientCases = (cases: Cases): void => {
  if (!cases.subject.capabilities.clients) return;
  const nodes = ['a', 'b'];

  cases.rule('lets a client in without a port, and brings it the replies', { nodes, clients: ['shop', 'till'] }, async (trial) => {
    const [a, b, shop, till] = (await trial.ups('a', 'b', 'shop', 'till')) as [Probe, Probe, Probe, Probe];
    for (const client of [shop, till]) for (const node of [a, b]) await ask(trial, client, node, 'a client is answered');
    await trial.meet(a, b, 'beside clients, nodes reach each other');
    const foreign = [shop, till].find(({ node, heard }) =>
      heard.some((frame) => !new TextDecoder().decode(frame).includes(` to ${node},`)),
    );
    check(foreign === undefined, `${foreign?.node} heard the reply to another client`);
  });

  cases.rule('brings a client the replies of a node that it has asked nothing', { nodes, clients: ['shop'] }, async (trial) => {
    const [a, b, shop] = (await trial.ups('a', 'b', 'shop')) as [Probe, Probe, Probe];
    await ask(trial, shop, a, 'a client is answered by whom it asks');
    await trial.reach(b, shop, 'a client is answered by another');
    await trial.stop(b);
    await trial.reach(await trial.up('b'), shop, 'a client is answered by another that has started again');
  });

  cases.rule('lets a client in that came before the nodes', { nodes, clients: ['shop'] }, async (trial) => {
    const shop = await trial.up('shop');
    shop.transport.send('a', bytesOf('too early'));
    const a = await trial.up('a');
    await ask(trial, shop, a, 'a client that came first is answered');
  });

  cases.rule('lets a client come again under its name, and goes on without it', { nodes, clients: ['shop'] }, async (trial) => {
    const [a, b] = (await trial.ups('a', 'b')) as [Probe, Probe];
    for (let life = 1; life <= 3; life++) {
      const shop = await trial.up('shop');
      await ask(trial, shop, a, `life ${life} of a client is answered`);
      await trial.stop(shop);
      const heard = shop.heard.length;
      for (let i = 0; i < 10; i++) a.transport.send('shop', bytesOf('are you there?'));
      await trial.meet(a, b, 'a client that is gone hinders nobody');
      check(shop.heard.length === heard, 'a client that was stopped heard a frame');
    }
  });

  cases.rule('lets a client reach a node that starts again', { nodes, clients: ['shop'] }, async (trial) => {
    const shop = await trial.up('shop');
    for (let life = 1; life <= 3; life++) {
      const a = await trial.up('a');
      await ask(trial, shop, a, `life ${life} of a node answers a client`);
      await trial.stop(a);
    }
  });
};
