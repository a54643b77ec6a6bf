import type { ActionContract } from '../../core/action.ts';
import { Refused } from '../../core/errors.ts';
import { type JsonObject, jsonBytes, jsonDepth } from '../../core/json.ts';
import { checkJson } from '../../core/json-schema-check.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Attempt, WorkflowHistory } from '../../journal/records.ts';
import type { Acting } from '../acting.ts';
import { dataOfStep } from '../given.ts';
import { untilKnown } from '../right-to-act.ts';

/** Other data for a parked step. */
export interface DataEdit {
  readonly data: JsonObject;
  /** Whether `data` is fields that are set over the present ones, or all there is. */
  readonly how: 'fields' | 'whole';
  /**
   * Whether the step keeps its idempotency key. Many downstreams refuse a known key with another body; and behind a new one they do
   * again what they may have done already.
   */
  readonly key: 'keep' | 'new';
}

interface EditedStep {
  readonly history: WorkflowHistory;
  readonly stopped: Attempt;
  readonly edit: DataEdit;
  /** Of the snapshot before the step. */
  readonly data: JsonObject;
}

/**
 * The whole data with which the step goes on.
 * @throws Refused `edit-invalid`: it does not fit the action's input, is too large, or the step undoes another
 */
export async function editedData(
  acting: Acting,
  { history, stopped, edit, data: before }: EditedStep,
): Promise<JsonObject> {
  if (stopped.kind === 'compensate') {
    throw refused(stopped, 'it is being undone, with the data that it was performed with.');
  }
  // Behind the parked attempt: the command may be one that is repeated.
  const known = history.attempts.filter(({ step, attempt }) => step !== stopped.step || attempt <= stopped.attempt);
  const present = dataOfStep(before, known, stopped.step);
  const data = edit.how === 'whole' ? edit.data : { ...present, ...edit.data };
  const stations = await untilKnown(() => acting.line.journal.listStations(), acting.right);
  const contract = stations.find(({ _id }) => _id === stopped.action)?.contract;
  const problem = contract
    ? dataProblem(contract, data)
    : 'its contract is not in the journal: start a worker for it once.';
  if (problem !== undefined) throw refused(stopped, problem);
  return data;
}

function dataProblem({ input }: ActionContract, data: JsonObject): string | undefined {
  if (jsonDepth(data, LIMITS.depth) > LIMITS.depth) return `data: nested deeper than ${LIMITS.depth} levels`;
  const bytes = jsonBytes(data);
  if (bytes > LIMITS.dataBytes) return `data: has ${bytes} bytes; the limit is ${LIMITS.dataBytes}`;
  return checkJson(input, data, 'data');
}

const refused = ({ action, step }: Attempt, problem: string): Refused =>
  new Refused('edit-invalid', { step, action, problem });
