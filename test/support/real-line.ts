// What a test itself does on the servers: it publishes start events with nothing but an AMQP client, and reads the journal.
import { afterAll, beforeAll } from '@jest/globals';
import { type ChannelModel, type ConfirmChannel, connect, type GetMessage } from 'amqplib';
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import type { JsonObject } from '../../shared/core/json.ts';
import { connectMongoJournal, type MongoJournal } from '../../shared/journal/mongodb/index.ts';
import type { WorkflowHistory } from '../../shared/journal/records.ts';
import { SystemClock } from '../../shared/runtime/clock.ts';
import { standingOf } from '../../shared/runtime/standing.ts';
import { eventually } from './eventually.ts';
import { testServers } from './servers.ts';

const SOURCE = '/test/shop';

export class RealLine {
  readonly namespace: string;
  #connection: ChannelModel | undefined;
  #channel: ConfirmChannel | undefined;
  #journal: MongoJournal | undefined;

  /** Connected before the file's first test and closed after its last. */
  constructor(namespace: string) {
    this.namespace = namespace;
    beforeAll(() => this.#connect());
    afterAll(() => this.#close());
  }

  get journal(): MongoJournal {
    if (!this.#journal) throw new Error('the journal is connected in beforeAll');
    return this.#journal;
  }

  get channel(): ConfirmChannel {
    if (!this.#channel) throw new Error('the broker is connected in beforeAll');
    return this.#channel;
  }

  /** Publishes a start event as any program would. Resolves to the workflow's id when the broker has confirmed. */
  async start(businessKey: string, data: JsonObject, workflow = 'parcel'): Promise<string> {
    const event = {
      specversion: '1.0',
      id: businessKey,
      source: SOURCE,
      type: 'conveyor.start',
      subject: businessKey,
      data,
    };
    await this.publish('start', workflow, JSON.stringify(event), 'application/cloudevents+json');
    return workflowIdOf(SOURCE, businessKey);
  }

  /** @param exchange without the namespace, e.g. `start` */
  async publish(exchange: string, routingKey: string, body: string | Buffer, contentType: string): Promise<void> {
    const options = { contentType, persistent: true, mandatory: true };
    this.channel.publish(`${this.namespace}.${exchange}`, routingKey, Buffer.from(body), options);
    await this.channel.waitForConfirms();
  }

  /** The next message of a queue, taken out of it. */
  async take(queue: string): Promise<GetMessage> {
    let message: GetMessage | false = false;
    await eventually(
      async () => {
        message = await this.channel.get(`${this.namespace}.${queue}`, { noAck: true });
        return message !== false;
      },
      10_000,
      () => `a message in ${queue}`,
    );
    return message as unknown as GetMessage; // eventually resolves only then
  }

  /** Ready and unacknowledged, as the broker's own statistics may lag: asked by a passive declare. */
  async ready(queue: string): Promise<number> {
    return (await this.channel.checkQueue(`${this.namespace}.${queue}`)).messageCount;
  }

  /** The history once it has come to that standing. */
  async until(workflowId: string, kind: 'ended' | 'parked', limitMs = 20_000): Promise<WorkflowHistory> {
    let history: WorkflowHistory | null = null;
    await eventually(
      async () => {
        history = await this.journal.readHistory(workflowId);
        return history !== null && standingOf(history).kind === kind && history.head.status !== 'running';
      },
      limitMs,
      () => `workflow ${workflowId} ${kind}: ${JSON.stringify(history)}`,
    );
    return history as unknown as WorkflowHistory; // eventually resolves only then
  }

  async history(workflowId: string): Promise<WorkflowHistory | null> {
    return this.journal.readHistory(workflowId);
  }

  async #connect(): Promise<void> {
    const { amqpUrl, mongodbUrl } = testServers();
    this.#connection = await connect(amqpUrl);
    this.#channel = await this.#connection.createConfirmChannel();
    const clock = new SystemClock();
    this.#journal = await connectMongoJournal({ url: mongodbUrl, namespace: this.namespace, clock });
  }

  async #close(): Promise<void> {
    await this.#connection?.close();
    await this.#journal?.close();
  }
}
