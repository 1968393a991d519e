import type { TracedEvent } from '../actor/tracer.js';
import { type Fields, type Phrasebook, phrase, say } from './phrases.js';

/** A line of a transcript, before it is written: `left` and `right` are joined by an arrow, if there is a right. */
export interface Told {
  readonly at: number;
  readonly left: string;
  readonly arrow: string;
  readonly right: string;
  readonly what: string;
}

interface Place {
  readonly node: string;
  readonly role?: string;
}

/** An event in words. */
export const tellEvent = (event: TracedEvent, phrasebook: Phrasebook): Told => {
  const { at, node } = event;
  const { from, to } = event as { readonly from?: Place; readonly to?: Place };
  const alone = (what: string): Told => ({ at, left: node, arrow: '', right: '', what });
  const between = (arrow: string, other: string, what: string): Told => ({ at, left: node, arrow, right: other, what });
  const said = (): string => phrase(phrasebook.messages, (event.message as { kind: string }).kind, event.message as Fields);
  switch (event.event) {
    case 'send': {
      const what = event.awaited === undefined ? said() : `▣ ${said()}`;
      return to?.node === node ? alone(`${event.role} → ${to.role}: ${what}`) : between('→', to?.node ?? '', what);
    }
    case 'deliver':
      return from?.node === node ? alone(`${event.role} ← ${from.role}: ${said()}`) : between('←', from?.node ?? '', said());
    case 'drop': {
      const what = event.message === undefined ? `${event.reason}` : `${said()} (${event.reason})`;
      if (to !== undefined && to.node !== node) return between('✗', to.node, what);
      return alone(from === undefined ? `drops a frame: ${what}` : `drops what ${from.node} sent: ${what}`);
    }
    case 'persist':
      return alone(`${event.role} persists ${say(event.record)} at ${event.position}`);
    case 'durable':
      return alone(`▣ durable below ${event.below}`);
    default:
      return event.role === undefined ? tellWorld(event) : alone(`${event.role} ${tellRule(event, phrasebook)}`);
  }
};

const tellRule = ({ at: _at, node: _node, group: _group, role: _role, event, ...fields }: TracedEvent, { events }: Phrasebook): string =>
  phrase(events, event, fields);

/** What happens to a node, or to all. */
const tellWorld = (event: TracedEvent): Told => {
  const { at, node } = event;
  const told = (what: string, right = '', arrow = ''): Told => ({ at, left: node, arrow, right, what });
  switch (event.event) {
    case 'boot':
      return told(`BOOT (life ${event.life})`);
    case 'crash':
      return told(`CRASH (${event.how})`);
    case 'failure':
      return told(`FAILS: ${event.reason}`);
    case 'pause':
      return told(`PAUSE (${event.ms} ms)`);
    case 'cut':
      return told('CUT', `${event.to}`, '┤');
    case 'mend':
      return told('MENDED', `${event.to}`, '→');
    case 'fault begun':
      return told(`FAULT ${event.fault} begins`);
    case 'fault ended':
      return told(`FAULT ${event.fault} is over`);
    case 'invoke':
      return told(`${event.id} asks: ${request(event)}`);
    case 'answer':
      return told(`${event.id} is told: ${answer(event)}`);
    default: {
      const { at: _at, node: _node, event: name, ...fields } = event;
      return told(phrase(undefined, name, fields));
    }
  }
};

const request = ({ op, arg }: Fields): string => (arg === undefined ? say(op) : `${say(op)} ${say(arg)}`);

const answer = ({ outcome, result, reason }: Fields): string => {
  if (result !== undefined) return `${outcome}, ${say(result)}`;
  return reason === undefined ? `${outcome}` : `${outcome}, ${reason}`;
};
