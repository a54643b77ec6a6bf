import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { EVENT_CONTENT_TYPE } from '../../../shared/contract/cloud-event.ts';
import {
  type Announcement,
  LIFECYCLE_EVENTS,
  lifecycleEventSchema,
  lifecycleMessage,
} from '../../../shared/contract/lifecycle-event.ts';

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9, 10);

const announcement: Announcement = {
  event: 'parked',
  workflowId: 'ubMHB_vlqXCJk15bAt6Fkw',
  businessKey: '4711',
  step: 3,
  attempt: 2,
  data: {
    workflow: 'order-payment',
    version: 1,
    state: 'reserved',
    step: 3,
    action: 'authorize-payment',
    code: 'retries-exhausted',
    reason: '8 of 8 attempts failed',
  },
};

const message = (overrides: Partial<Announcement> = {}) =>
  lifecycleMessage('conveyor', 'conveyor.events', { ...announcement, ...overrides }, NOW);

const anyAnnouncement: fc.Arbitrary<Announcement> = fc.record({
  event: fc.constantFrom(...LIFECYCLE_EVENTS),
  workflowId: fc.constant('ubMHB_vlqXCJk15bAt6Fkw'),
  businessKey: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }),
  step: fc.nat(500),
  attempt: fc.nat(99_999),
  data: fc.record(
    {
      workflow: fc.constantFrom('a', 'x'.repeat(64)),
      version: fc.integer({ min: 1, max: 99_999 }),
      state: fc.constantFrom('placed', 's'.repeat(64)),
      step: fc.nat(500),
      action: fc.constantFrom('a', 'a'.repeat(64)),
      code: fc.constantFrom('action-threw', 'card-declined'),
      reason: fc.string({ unit: 'binary', maxLength: 64 }),
    },
    { requiredKeys: ['workflow', 'version', 'state', 'step'] },
  ),
});

describe('a lifecycle event', () => {
  it('is a CloudEvent that tells what became of the workflow', () => {
    expect(JSON.parse(message().body.toString('utf8'))).toEqual({
      specversion: '1.0',
      id: 'ubMHB_vlqXCJk15bAt6Fkw/3/2/parked',
      source: '/conveyor/conveyor',
      type: 'conveyor.workflow.parked',
      subject: '4711',
      time: '2026-05-06T07:08:09.010Z',
      datacontenttype: 'application/json',
      workflowid: 'ubMHB_vlqXCJk15bAt6Fkw',
      data: announcement.data,
    });
  });

  it('goes to the events exchange by workflow and event, whether anybody listens or not', () => {
    expect(message()).toMatchObject({
      exchange: 'conveyor.events',
      routingKey: 'order-payment.parked',
      contentType: EVENT_CONTENT_TYPE,
      mandatory: false,
    });
  });

  it('has an id of its own, the same whenever the same is told again', () => {
    const idOf = (one: Announcement) => lifecycleMessage('conveyor', 'conveyor.events', one, NOW).messageId;
    fc.assert(
      fc.property(anyAnnouncement, anyAnnouncement, (one, other) => {
        const isSame = one.event === other.event && one.step === other.step && one.attempt === other.attempt;
        expect(idOf(one) === idOf(other)).toBe(isSame);
        expect(lifecycleMessage('conveyor', 'conveyor.events', one, NOW + 5_000).messageId).toBe(idOf(one));
      }),
    );
  });

  it('is always what its published schema says, and fits what AMQP has room for', () => {
    fc.assert(
      fc.property(anyAnnouncement, (one) => {
        const { body, routingKey, messageId } = lifecycleMessage('conveyor', 'conveyor.events', one, NOW);
        const event: unknown = JSON.parse(body.toString('utf8'));
        expect(lifecycleEventSchema.parse(event)).toEqual(event);
        expect(event).toMatchObject({ id: messageId, subject: one.businessKey });
        expect(Buffer.byteLength(routingKey)).toBeLessThanOrEqual(255);
        expect(Buffer.byteLength(messageId)).toBeLessThanOrEqual(255);
      }),
    );
  });
});
