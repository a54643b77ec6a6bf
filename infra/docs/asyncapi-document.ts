import { EVENT_CONTENT_TYPE } from '../../shared/contract/cloud-event.ts';
import { ENVELOPE_CONTENT_TYPE } from '../../shared/contract/envelope.ts';
import { LIFECYCLE_EVENTS } from '../../shared/contract/lifecycle-event.ts';
import { exchangeName, queueName, type Topology } from '../../shared/contract/topology.ts';
import { CATALOGUE, type ErrorCode } from '../../shared/core/errors.ts';
import { VERSION } from '../../shared/runtime/version.ts';
import type { SchemaDocument } from './schemas.ts';

/** One exchange or queue that programs meet: what goes there, and what Conveyor does with it. */
interface Channel {
  readonly name: string;
  /** The routing key; absent for a queue. */
  readonly key?: string;
  readonly about: string;
  /** Names of messages. */
  readonly carries: readonly string[];
  readonly does: readonly ('receive' | 'send')[];
}

const channelsOf = (namespace: string): Readonly<Record<string, Channel>> => ({
  start: {
    name: exchangeName.start(namespace),
    key: '{workflow}',
    about: 'Start events, from anyone.',
    carries: ['start-event'],
    does: ['receive'],
  },
  notify: {
    name: exchangeName.notify(namespace),
    key: '{notification}',
    about: 'Notifications, from anyone.',
    carries: ['notification'],
    does: ['receive'],
  },
  cancel: {
    name: exchangeName.cancel(namespace),
    key: '{workflow}',
    about: 'Requests for cancellation, from anyone.',
    carries: ['cancellation'],
    does: ['receive'],
  },
  work: {
    name: exchangeName.work(namespace),
    key: '{workflow}.{action}',
    about: 'Envelopes, from worker to worker. Whoever may write here is trusted.',
    carries: ['envelope', 'probe'],
    does: ['send', 'receive'],
  },
  wait: {
    name: queueName.wait(namespace, '{action}'),
    about: 'Tickets of waits that are due, by the delay ladder alone.',
    carries: ['ticket'],
    does: ['send', 'receive'],
  },
  events: {
    name: exchangeName.events(namespace),
    key: '{workflow}.{event}',
    about: 'Lifecycle events, for anyone to bind to. At least once, in order per workflow.',
    carries: ['lifecycle-event'],
    does: ['send'],
  },
  dead: {
    name: exchangeName.dead(namespace),
    key: '{code}',
    about: 'What could not be processed, whole, with the reason in its headers. For people: nothing reads it.',
    carries: ['dead-message'],
    does: ['send'],
  },
});

const PARAMETERS: Readonly<Record<string, object>> = {
  workflow: { description: 'The name of the workflow definition.' },
  action: { description: 'The name of the action.' },
  notification: { description: 'The name of the notification.' },
  event: { description: 'What happened.', enum: [...LIFECYCLE_EVENTS] },
  // The keys of CATALOGUE are its codes; Object.keys forgets that.
  code: {
    description: 'Why it was set aside.',
    enum: (Object.keys(CATALOGUE) as ErrorCode[]).filter((code) => CATALOGUE[code].consequence === 'dead'),
  },
};

const EVENTS: ReadonlySet<string> = new Set(['start-event', 'notification', 'cancellation', 'lifecycle-event']);

const DEAD_MESSAGE = {
  title: 'Dead message',
  description: 'Any message, as it came.',
  headers: {
    type: 'object',
    required: ['conveyor-code', 'conveyor-reason'],
    properties: {
      'conveyor-code': { type: 'string', description: 'A code of docs/errors.md.' },
      'conveyor-reason': { type: 'string', description: 'What is wrong; it names the field.' },
      'conveyor-queue': { type: 'string', description: 'The queue that it was taken from.' },
      'conveyor-exchange': { type: 'string', description: 'The exchange that it was sent to last.' },
      'conveyor-routing-key': { type: 'string', description: 'With this routing key.' },
    },
  },
};

/** docs/asyncapi.json: all channels, as an AsyncAPI 3 document. */
export function asyncApiDocument(namespace: string, schemas: readonly SchemaDocument[], line: Topology): object {
  const channels = Object.entries(channelsOf(namespace));
  const carried = new Set(channels.flatMap(([, { carries }]) => carries));
  const messages = schemas
    .filter(({ name }) => carried.has(name))
    .map((document) => [document.name, messageOf(document)]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Conveyor',
      version: VERSION,
      description: `The exchanges and queues of a line in the namespace "${namespace}"; another CONVEYOR_NAMESPACE takes the place of that word. docs/contract.md says the same for people.`,
    },
    defaultContentType: ENVELOPE_CONTENT_TYPE,
    channels: Object.fromEntries(channels.map(([id, channel]) => [id, channelOf(id, channel, line)])),
    operations: Object.fromEntries(channels.flatMap(([id, channel]) => operationsOf(id, channel))),
    components: { messages: Object.fromEntries([...messages, ['dead-message', DEAD_MESSAGE]]) },
  };
}

function messageOf({ name, schema }: SchemaDocument) {
  const [title = name] = (schema.description ?? '').split(': ');
  // AsyncAPI has a dialect of its own, of which what our schemas say is a part.
  const { $schema: _, ...payload } = { $schema: undefined, ...schema };
  return { title, contentType: EVENTS.has(name) ? EVENT_CONTENT_TYPE : ENVELOPE_CONTENT_TYPE, payload };
}

function channelOf(id: string, { name, key, about, carries }: Channel, line: Topology) {
  const address = key ?? name;
  const parameters = Array.from(address.matchAll(/\{(\w+)\}/g), ([, parameter = '']) => [
    parameter,
    PARAMETERS[parameter],
  ]);
  if (key !== undefined && !line.exchanges.some((exchange) => exchange.name === name)) {
    throw new Error(`The channel ${id} is about ${name}, which the topology does not have`);
  }
  const amqp =
    key === undefined
      ? { is: 'queue', queue: { name, durable: true, exclusive: false, autoDelete: false } }
      : { is: 'routingKey', exchange: { name, type: 'topic', durable: true, autoDelete: false } };
  return {
    address,
    description: about,
    parameters: Object.fromEntries(parameters),
    messages: Object.fromEntries(carries.map((message) => [message, { $ref: `#/components/messages/${message}` }])),
    bindings: { amqp: { ...amqp, bindingVersion: '0.3.0' } },
  };
}

/** What Conveyor does: who uses it does the opposite. */
const operationsOf = (id: string, { does, about, carries }: Channel) =>
  does.map((action) => [
    `${action}-${id}`,
    {
      action,
      channel: { $ref: `#/channels/${id}` },
      summary: about,
      messages: carries.map((message) => ({ $ref: `#/channels/${id}/messages/${message}` })),
      bindings: { amqp: { deliveryMode: 2, mandatory: id !== 'events', bindingVersion: '0.3.0' } },
    },
  ]);
