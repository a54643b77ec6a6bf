import type { JsonObject } from '../core/json.ts';
import { eventMessage } from './cloud-event.ts';
import { exchangeName } from './topology.ts';

/** What a start event is made of. */
export interface StartRequest {
  readonly workflow: string;
  /** The version to run; by default the highest active one. */
  readonly version?: number;
  /** The outside world's id for the matter, e.g. an order id. */
  readonly businessKey: string;
  /** The workflow's input. */
  readonly data: JsonObject;
  /** With `id`: the same pair again is ignored. */
  readonly source: string;
  readonly id: string;
}

/** The start event as a message on `conveyor.start`: mandatory, so that it is refused where no intake listens. */
export function startMessage(namespace: string, request: StartRequest) {
  const { workflow, version, businessKey, data, source, id } = request;
  return eventMessage(exchangeName.start(namespace), workflow, {
    type: 'conveyor.start',
    source,
    id,
    subject: businessKey,
    workflow,
    ...(version === undefined ? {} : { workflowversion: version }),
    data,
  });
}
