import { describe, expect, it } from '@jest/globals';
import { decodeStartEvent, workflowIdOf } from '../../../shared/contract/start-event.ts';
import { startMessage } from '../../../shared/contract/start-message.ts';

const request = { workflow: 'parcel', businessKey: 'p-1', data: { grams: 40 }, source: '/post', id: '17' };

describe('the message of a start event', () => {
  it('says to the door what it was asked to say', () => {
    const { exchange, routingKey, body, contentType, mandatory } = startMessage('ns', request);
    expect([exchange, routingKey, mandatory]).toEqual(['ns.start', 'parcel', true]);
    expect(decodeStartEvent(body, contentType, routingKey)).toEqual({
      workflowId: workflowIdOf('/post', '17'),
      eventId: '17',
      source: '/post',
      businessKey: 'p-1',
      workflow: 'parcel',
      version: undefined,
      traceparent: undefined,
      input: { grams: 40 },
    });
  });

  it('names a version when it was given one', () => {
    const { body, contentType, routingKey } = startMessage('ns', { ...request, version: 4 });
    expect(decodeStartEvent(body, contentType, routingKey).version).toBe(4);
  });
});
