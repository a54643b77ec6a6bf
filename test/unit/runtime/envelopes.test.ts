import { describe, expect, it } from '@jest/globals';
import type { Head } from '../../../shared/journal/records.ts';
import { envelopeAt, firstEnvelope, nextAttemptEnvelope, nextStepEnvelope } from '../../../shared/runtime/envelopes.ts';
import { envelopeWith } from '../../support/calls.ts';
import { parcelWorkflow } from '../../support/test-actions.ts';

const definition = parcelWorkflow();
const head: Head = {
  _id: 'w',
  workflowId: 'w',
  workflow: definition.name,
  version: definition.version,
  businessKey: 'key',
  status: 'running',
  input: { weight: 2 },
  source: '/test',
  eventId: 'e',
  startedAt: new Date(7),
};

describe('the envelopes of a workflow', () => {
  it('the first one carries the input to the action that the initial state leads to', () => {
    expect(firstEnvelope(head, definition, 9)).toEqual({
      specversion: '1.0',
      workflowId: 'w',
      workflow: definition.name,
      version: definition.version,
      businessKey: 'key',
      step: 1,
      attempt: 1,
      failures: 0,
      kind: 'run',
      action: 'pack',
      state: definition.initial,
      data: { weight: 2 },
      sentAt: 9,
      startedAt: 7,
    });
  });

  it('carry the trace in which the workflow was started, if there is one', () => {
    const at = { step: 2, attempt: 3, action: 'send', state: 'packed', data: {} };
    expect(envelopeAt({ ...head, traceparent: '00-trace' }, at, 9)).toMatchObject({ ...at, traceparent: '00-trace' });
    expect(envelopeAt(head, at, 9)).not.toHaveProperty('traceparent');
  });

  it('the next step begins with its first attempt, and no failures', () => {
    const late = envelopeWith({ step: 1, attempt: 4, failures: 2 });
    const next = nextStepEnvelope(late, { state: 'packed', data: { pack: 'done' } }, { action: 'send' });
    expect(next).toEqual({
      ...late,
      step: 2,
      attempt: 1,
      failures: 0,
      action: 'send',
      state: 'packed',
      data: { pack: 'done' },
    });
  });

  it('the next attempt is of the same step, and knows of its failures', () => {
    const late = envelopeWith({ step: 2, attempt: 4, failures: 2 });
    expect(nextAttemptEnvelope(late, 3)).toEqual({ ...late, attempt: 5, failures: 3 });
  });
});
