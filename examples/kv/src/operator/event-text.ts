import type { NodeEvent } from '@synod/core';

/** What a node tells an operator, as a sentence that follows its name: `node a follows b`. */
export const eventText = (event: NodeEvent): string => {
  switch (event.event) {
    case 'leading':
      return `leads (ballot ${event.ballot})`;
    case 'following':
      return `follows ${event.leader} (ballot ${event.ballot})`;
    case 'stepped down':
      return `leads no longer: ${event.reason}`;
    case 'generation refused':
      return `may not vote: ${event.reason}`;
    case 'snapshot transfer':
      return `is far behind, and fetches a snapshot from ${event.from}`;
    case 'snapshot installed':
      return `took over the snapshot of ${event.from}`;
    case 'listening':
      return `serves: ${event.redis === undefined ? '' : `Redis on ${event.redis}, `}peers on ${event.peers}${event.clients === undefined ? '' : `, client nodes on ${event.clients}`}, data in ${event.data}`;
    case 'still recovering':
      return `still recovers its data from ${event.data}${event.servers === undefined ? '' : `, or finds no server at ${event.servers}`} (${event.seconds} s)`;
    case 'transport':
      return transportText(event);
    default:
      return `${event.event}${detailsOf(event)}`;
  }
};

const transportText = (event: NodeEvent): string => {
  switch (event.status) {
    case 'connected':
      return `is connected to ${event.node}`;
    case 'disconnected':
      return `lost the connection to ${event.node}`;
    case 'dropped':
      return event.seconds === undefined
        ? `drops frames to ${event.node}: ${event.reason}`
        : `dropped ${event.count} frames to ${event.node} in ${event.seconds} s: ${event.reason}`;
    case 'refused':
      return event.seconds === undefined
        ? `refused ${event.reason}`
        : `refused ${event.count} times in ${event.seconds} s: ${event.reason}`;
    default:
      return `transport${detailsOf(event)}`;
  }
};

const detailsOf = ({ event: _, group: __, role: ___, ...details }: NodeEvent): string =>
  Object.entries(details)
    .map(([key, value]) => `${key === 'reason' ? '' : `${key} `}${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .map((detail, i) => `${i === 0 ? ': ' : ', '}${detail}`)
    .join('');
