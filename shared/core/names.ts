/** Names of workflows and actions: they become routing keys and queue names, so no dots, no capitals. */
export const NAME_PATTERN = /^[a-z][a-z0-9-]{0,63}$/;

/** A workflow's id: 128 bits as base64url. */
export const WORKFLOW_ID_PATTERN = /^[A-Za-z0-9_-]{22}$/;

/** Names of states: they are keys of a JSON object and labels on a drawing. */
export const STATE_PATTERN = /^[a-z][a-z0-9-]{0,63}$/;

const fiveDigits = (value: number): string => String(value).padStart(5, '0');

/** `_id` of a snapshot. Inserting it decides the step. Five digits, so that ids sort in the order of the history. */
export const snapshotId = (workflowId: string, step: number): string => `${workflowId}/${fiveDigits(step)}`;

/** `_id` of an attempt. Inserting it claims the step. */
export const attemptId = (workflowId: string, step: number, attempt: number): string =>
  `${workflowId}/${fiveDigits(step)}/${fiveDigits(attempt)}`;

/** `_id` of a registered definition. */
export const definitionId = (name: string, version: number): string => `${name}/${fiveDigits(version)}`;

/**
 * The idempotency key that an action passes to its downstream: the same for every attempt of a step, different for
 * every other step (guarantee 4). An operator who changes the step's data may ask for a new one.
 * @param renewedBy the operator's attempt that asked for it, the last one that did
 */
export const idempotencyKey = (workflowId: string, step: number, renewedBy?: number): string =>
  renewedBy === undefined ? snapshotId(workflowId, step) : attemptId(workflowId, step, renewedBy);
