import type { Journal } from '../journal/journal.ts';
import type { NotificationRecord, WaitRecord } from '../journal/wait-records.ts';
import { waitsMeant } from './meant-workflows.ts';

const MOST_NEAR = 20;

/** A notification, as far as it says whom it is for. */
type Addressed = Pick<NotificationRecord, 'name' | 'workflowId' | 'businessKey' | 'workflow'>;

/** A wait that a kept notification does not complete, but nearly. */
export interface NearMiss {
  readonly workflowId: string;
  readonly step: number;
  readonly action: string;
  /** The name of the notification that it waits for; null: for none. */
  readonly waitsFor: string | null;
  /** What is different. */
  readonly difference: string;
}

/**
 * What a notification that completes no wait was probably meant for: open waits of the same workflow or business key, for a notification
 * of another name, for none, or of another workflow. For people.
 */
export async function nearMisses(
  journal: Pick<Journal, 'findOpenWaits'>,
  { workflowId, businessKey, workflow, name }: Addressed,
): Promise<readonly NearMiss[]> {
  // Under a business key of whichever workflow: that it is of another one may be the mistake.
  const meant = waitsMeant({ workflowId, businessKey });
  const waits = (await journal.findOpenWaits(meant ? [meant] : [], MOST_NEAR)).flat();
  return waits.map((wait) => nearMiss(wait, { name, workflow }));
}

function nearMiss(
  wait: WaitRecord,
  { name, workflow }: { readonly name: string; readonly workflow: string | undefined },
): NearMiss {
  const { workflowId, step, action, notification } = wait;
  const differences = [
    ...(notification === name ? [] : [notification === undefined ? 'it waits for no notification' : 'other name']),
    ...(workflow === undefined || workflow === wait.workflow ? [] : [`other workflow: ${wait.workflow}`]),
  ];
  // The same name and workflow: several workflows wait under this key, and which one is meant is not guessed.
  const difference = differences.join(', ') || 'several wait under this key: name the workflow';
  return { workflowId, step, action, waitsFor: notification ?? null, difference };
}
