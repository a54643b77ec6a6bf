import type { OutgoingMessage } from '../../shared/broker/broker.ts';
import { EVENT_CONTENT_TYPE } from '../../shared/contract/cloud-event.ts';
import { workflowIdOf } from '../../shared/contract/start-event.ts';
import { exchangeName } from '../../shared/contract/topology.ts';
import { NAMESPACE } from '../support/test-process.ts';
import type { Simulation } from './simulation.ts';

const SOURCE = '/simulation';

/** A workflow that was asked for. */
export interface Order {
  readonly workflowId: string;
  readonly businessKey: string;
  readonly workflow: string;
}

export const keyOf = (index: number): string => `W-${index}`;

/** Sends start events while things go wrong, each until the broker has confirmed it. */
export class Producer {
  /** Workflows whose start event was sent, at least once. */
  readonly orders: Order[] = [];
  /** Ids of those whose start event was confirmed, and not lost with the broker since. */
  readonly accepted = new Set<string>();
  readonly #simulation: Simulation;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  async run(): Promise<void> {
    const { plan, clock, ports, chronicle } = this.#simulation;
    const random = this.#simulation.random.fork('producer');
    for (let index = 0; index < plan.workflows; index += 1) {
      await clock.sleep(random.below(Math.floor(plan.troubleMs / plan.workflows)));
      const businessKey = keyOf(index);
      const workflow = (['order', 'gift', 'rush'] as const)[random.below(3)] ?? 'order';
      const event = startEvent(workflow, businessKey, random.below(200));
      const workflowId = workflowIdOf(SOURCE, businessKey);
      ports.sent.push(event);
      this.orders.push({ workflowId, businessKey, workflow });
      while (!(await this.#publish(event))) await clock.sleep(200);
      this.accepted.add(workflowId);
      chronicle.note(`producer: ${businessKey} accepted`);
    }
  }

  async #publish(event: OutgoingMessage): Promise<boolean> {
    try {
      await this.#simulation.line.broker.publish(event);
      return true;
    } catch {
      return false; // the broker is away; it is tried again
    }
  }
}

function startEvent(workflow: string, businessKey: string, amount: number): OutgoingMessage {
  const event = {
    specversion: '1.0',
    id: businessKey,
    source: SOURCE,
    type: 'conveyor.start',
    subject: businessKey,
    data: { amount },
  };
  return {
    exchange: exchangeName.start(NAMESPACE),
    routingKey: workflow,
    body: Buffer.from(JSON.stringify(event)),
    contentType: EVENT_CONTENT_TYPE,
    messageId: businessKey,
    mandatory: true,
  };
}
