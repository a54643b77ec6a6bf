// Who copies the example must see an order on its way, not one in `conveyor.dead`.
import { describe, expect, it } from '@jest/globals';
import { orderPayment } from '../../../services/orders/definitions/order-payment.ts';
import { EVENT_CONTENT_TYPE } from '../../../shared/contract/cloud-event.ts';
import { decodeStartEvent } from '../../../shared/contract/start-event.ts';
import { checkJson } from '../../../shared/core/json-schema-check.ts';
import { exampleEvent } from '../../support/start-event-example.ts';

describe('the start event of the README', () => {
  it('is taken by the intake, and fits the input of the workflow that it starts', () => {
    const event = decodeStartEvent(exampleEvent(), EVENT_CONTENT_TYPE, orderPayment.name);
    expect(event).toMatchObject({ eventId: 'order-4711', businessKey: '4711', workflow: 'order-payment' });
    expect(checkJson(orderPayment.input, event.input, 'data')).toBeUndefined();
  });

  it('is an order whose amount is the sum of its items', () => {
    const { input } = decodeStartEvent(exampleEvent(), EVENT_CONTENT_TYPE, orderPayment.name);
    const { items, amount } = input as { items: { quantity: number; unitPrice: number }[]; amount: number };
    expect(amount).toBe(items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0));
  });
});
