import { describe, expect, it } from '@jest/globals';
import { EVENT_CONTENT_TYPE, eventKeyOf } from '../../../shared/contract/cloud-event.ts';
import {
  cancellationMessage,
  decodeStewardEvent,
  notificationMessage,
} from '../../../shared/contract/steward-event.ts';
import { SetAside } from '../../../shared/core/errors.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import { asBody, type Fields } from '../../support/hostile.ts';

const workflowId = 'ubMHB_vlqXCJk15bAt6Fkw';
const goodNotification = (changed: Fields = {}): Fields => ({
  specversion: '1.0',
  type: 'conveyor.notify',
  source: '/bank',
  id: 't-1',
  subject: '4711',
  data: { paidAt: 'now' },
  ...changed,
});
const goodCancellation = (changed: Fields = {}): Fields => ({
  ...goodNotification({ type: 'conveyor.cancel', data: { reason: 'changed my mind' } }),
  ...changed,
});
const decode = (event: Fields, routingKey = 'payment-confirmed') =>
  decodeStewardEvent(asBody(event), EVENT_CONTENT_TYPE, routingKey);

function refusal(act: () => unknown): SetAside {
  try {
    act();
  } catch (error) {
    if (error instanceof SetAside) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a notification', () => {
  it('is what its sender said', () => {
    const request = {
      name: 'payment-confirmed',
      businessKey: '4711',
      source: '/bank',
      id: 't-1',
      data: { paidAt: 'now' },
    };
    const { exchange, routingKey, body, contentType, mandatory, messageId } = notificationMessage('ns', request);
    expect([exchange, routingKey, mandatory]).toEqual(['ns.notify', 'payment-confirmed', true]);
    expect(decodeStewardEvent(body, contentType, routingKey)).toEqual({
      kind: 'notification',
      key: messageId,
      eventId: 't-1',
      source: '/bank',
      name: 'payment-confirmed',
      workflowId: undefined,
      businessKey: '4711',
      workflow: undefined,
      data: { paidAt: 'now' },
    });
    expect(messageId).toBe(eventKeyOf('/bank', 't-1'));
  });

  it('may name the workflow by its id; then the kind of workflow, which is for a business key, says nothing', () => {
    const request = { name: 'seen', workflowId, workflow: 'order', source: '/bank', id: 't-1', data: {} };
    const { body, contentType } = notificationMessage('ns', request);
    const decoded = decodeStewardEvent(body, contentType, 'seen');
    expect(decoded).toMatchObject({ workflowId, businessKey: undefined, workflow: undefined, data: {} });
  });

  it('may have no payload', () => {
    expect(decode(goodNotification({ data: null }))).toMatchObject({ data: {} });
    expect(decode(goodNotification({ data: undefined }))).toMatchObject({ data: {} });
  });

  it.each<[string, Fields, string]>([
    ['no workflow', { subject: undefined }, 'subject: neither subject nor workflowid'],
    ['no workflow by null', { subject: null, workflowid: null }, 'subject: neither subject nor workflowid'],
    ['an id that is none', { workflowid: 'x' }, 'workflowid: '],
    ['another type', { type: 'conveyor.start' }, 'type: expected "conveyor.notify" or "conveyor.cancel"'],
    ['no id', { id: undefined }, 'id: '],
    ['a payload that is none', { data: [1] }, 'data: '],
    ['half of a surrogate pair', { subject: '\ud800' }, 'subject: has half of a surrogate pair'],
  ])('with %s is set aside, and the field is named', (_, changed, problem) => {
    const error = refusal(() => decode(goodNotification(changed)));
    expect([error.code, error.message]).toEqual(['event-invalid', expect.stringContaining(problem)]);
  });

  it('with a name that is none, or too large, is set aside', () => {
    expect(refusal(() => decode(goodNotification(), 'a.b')).message).toContain('is not the name of a notification');
    const data = { text: 'x'.repeat(LIMITS.dataBytes) };
    expect(refusal(() => decode(goodNotification({ data }))).code).toBe('event-too-large');
  });
});

describe('a cancellation', () => {
  it('is what its sender said', () => {
    const request = { workflow: 'order', workflowId, source: '/shop', id: 'c-1', reason: 'changed my mind' };
    const { exchange, routingKey, body, contentType, messageId } = cancellationMessage('ns', request);
    expect([exchange, routingKey]).toEqual(['ns.cancel', 'order']);
    expect(decodeStewardEvent(body, contentType, routingKey)).toEqual({
      kind: 'cancellation',
      key: messageId,
      eventId: 'c-1',
      source: '/shop',
      workflowId,
      businessKey: undefined,
      workflow: 'order',
      reason: 'changed my mind',
    });
  });

  it('has its reason cut to a line', () => {
    const { reason } = decode(goodCancellation({ data: { reason: 'x'.repeat(1_000) } }), 'order') as { reason: string };
    expect(Buffer.byteLength(reason)).toBe(LIMITS.textBytes);
  });

  it.each<[string, Fields, string]>([
    ['no reason', { data: {} }, 'data.reason: '],
    ['nothing', { data: undefined }, 'data: '],
    ['another workflow', { workflow: 'parcel' }, 'workflow: "parcel" does not agree with the routing key "order"'],
    ['nobody', { subject: undefined }, 'subject: neither subject nor workflowid'],
  ])('with %s is set aside, and the field is named', (_, changed, problem) => {
    expect(refusal(() => decode(goodCancellation(changed), 'order')).message).toContain(problem);
  });
});
