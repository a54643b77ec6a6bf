// What waiting and changing one's mind cost: waits completed by notifications, waits completed by polls, and cancellations, on one
// line in one process with everything on.
import { connect } from 'amqplib';
import type { OutgoingMessage } from '../../shared/broker/broker.ts';
import { startMessage } from '../../shared/contract/start-message.ts';
import { cancellationMessage, notificationMessage } from '../../shared/contract/steward-event.ts';
import { program } from '../support/programs.ts';
import { Driver, type Shape } from './driver.ts';
import { cpuSeconds, MeasuredProcess, serviceEnv } from './processes.ts';
import { payload, WAIT_STATIONS } from './workload.ts';

export interface WaitsSize {
  /** Workflows that wait for a notification, and as many that wait for a poll. */
  readonly count: number;
  /** Workflows that are cancelled. */
  readonly cancelled: number;
  readonly window: number;
}

export interface WaitFigures {
  readonly size: WaitsSize;
  /** From the first notification to the end of the last workflow. */
  readonly notifiedPerSecond: number;
  /** From the first request to the end of the last workflow; each undoes a step. */
  readonly cancelledPerSecond: number;
  /** From the first answer of a poll to the end of the last workflow. */
  readonly polledPerSecond: number;
  /** Calls of `pollMany` that asked about all of them. */
  readonly pollCalls: number;
  /** CPU seconds of the line's process per 1,000: notifications, cancellations, polls. */
  readonly cpuSecondsPer1000: { readonly notified: number; readonly cancelled: number; readonly polled: number };
}

type Say = (text: string) => void;
type Urls = { readonly amqpUrl: string; readonly mongodbUrl: string };

/** Measures all three on a line of its own. The definitions are registered under the namespace. */
export async function measureWaits(urls: Urls, namespace: string, size: WaitsSize, say: Say): Promise<WaitFigures> {
  const env = serviceEnv(urls, namespace);
  const line = await MeasuredProcess.start('waits', program('test/bench/one-process.ts'), [...WAIT_STATIONS], env);
  try {
    const bench = new WaitsBench(urls.amqpUrl, namespace, size.window, line);
    say('waits for a notification');
    await bench.begin('bench-answered', 'first', size.count);
    const notified = await bench.end('bench-answered', 'succeeded', size.count, (sequence) =>
      notificationMessage(namespace, {
        businessKey: keyOf('first', sequence),
        source: '/bench',
        id: `n${sequence}`,
        name: 'answered',
        data: { answer: sequence },
      }),
    );
    say('cancellations');
    await bench.begin('bench-answered', 'second', size.cancelled);
    const cancelled = await bench.end('bench-answered', 'cancelled', size.cancelled, (sequence) =>
      cancellationMessage(namespace, {
        businessKey: keyOf('second', sequence),
        source: '/bench',
        id: `c${sequence}`,
        workflow: 'bench-answered',
        reason: 'measured',
      }),
    );
    say('waits for a poll');
    const polled = await bench.watch('bench-polled', size.count, () =>
      bench.begin('bench-polled', 'third', size.count),
    );
    return {
      size,
      notifiedPerSecond: notified.perSecond,
      cancelledPerSecond: cancelled.perSecond,
      polledPerSecond: polled.perSecond,
      pollCalls: await line.metric(/^conveyor_poll_duration_seconds_count\{[^}]*\} (\d+)$/m),
      cpuSecondsPer1000: { notified: notified.cpu, cancelled: cancelled.cpu, polled: polled.cpu },
    };
  } finally {
    await line.stop();
  }
}

/** The business key of a workflow: its sequence can be read from it, whatever event brings it back. */
const keyOf = (part: string, sequence: number): string => `${part}-${sequence}`;

const sequenceOf = (body: Buffer): number => {
  const { subject }: { subject: string } = JSON.parse(body.toString('utf8'));
  return Number(subject.slice(subject.lastIndexOf('-') + 1));
};

interface Part {
  readonly perSecond: number;
  /** CPU seconds of the line's process per 1,000. */
  readonly cpu: number;
}

class WaitsBench {
  readonly #url: string;
  readonly #namespace: string;
  readonly #window: number;
  readonly #line: MeasuredProcess;

  constructor(url: string, namespace: string, window: number, line: MeasuredProcess) {
    this.#url = url;
    this.#namespace = namespace;
    this.#window = window;
    this.#line = line;
  }

  /** Starts workflows, until each waits. */
  async begin(workflow: string, part: string, count: number): Promise<void> {
    await this.#drive(workflow, 'waiting', count, (sequence) =>
      startMessage(this.#namespace, {
        workflow,
        businessKey: keyOf(part, sequence),
        data: payload(sequence),
        source: `/bench/${part}`,
        id: String(sequence),
      }),
    );
  }

  /** Sends one message for each workflow, until the event has come of each. */
  async end(
    workflow: string,
    event: string,
    count: number,
    messageOf: (sequence: number) => OutgoingMessage,
  ): Promise<Part> {
    const before = cpuSeconds(this.#line.pid);
    const { workflowsPerSecond } = await this.#drive(workflow, event, count, messageOf);
    return { perSecond: workflowsPerSecond, cpu: this.#cpuSince(before, count) };
  }

  /** Watches how fast workflows succeed by themselves, from the first to the last. */
  async watch(workflow: string, count: number, begin: () => Promise<void>): Promise<Part> {
    const driver = await this.#open(workflow, 'succeeded', () => {
      throw new TypeError('nothing is sent here');
    });
    try {
      const ended = driver.watched(count);
      await begin();
      const before = cpuSeconds(this.#line.pid);
      return { perSecond: await ended, cpu: this.#cpuSince(before, count) };
    } finally {
      await driver.close();
    }
  }

  #cpuSince(before: number, count: number): number {
    return ((cpuSeconds(this.#line.pid) - before) * 1_000) / count;
  }

  async #drive(workflow: string, event: string, count: number, messageOf: (sequence: number) => OutgoingMessage) {
    const driver = await this.#open(workflow, event, messageOf);
    try {
      return await driver.loaded(count, this.#window, () => {});
    } finally {
      await driver.close();
    }
  }

  async #open(workflow: string, event: string, messageOf: (sequence: number) => OutgoingMessage): Promise<Driver> {
    const endsQueue = `${this.#namespace}.bench-${workflow}-${event}`;
    const connection = await connect(this.#url);
    const channel = await connection.createChannel();
    await channel.assertQueue(endsQueue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(endsQueue, `${this.#namespace}.events`, `${workflow}.${event}`);
    await channel.purgeQueue(endsQueue);
    await connection.close();
    const send: Shape['send'] = (sequence) => {
      const { exchange, routingKey, body, contentType } = messageOf(sequence);
      return { exchange, routingKey, body, contentType };
    };
    return Driver.open(this.#url, { send, endsQueue, sequenceOf });
  }
}
