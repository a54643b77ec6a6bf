import { describe, expect, it } from '@jest/globals';
import { SetAside } from '../../../shared/core/errors.ts';
import { createLog } from '../../../shared/runtime/logger.ts';
import { Sender } from '../../../shared/runtime/sender.ts';
import { TestLine } from '../../support/test-line.ts';

const CANARY = 'canary-4711';

describe('what is set aside', () => {
  it('is logged a few times per message, and never with its content', async () => {
    const line = new TestLine();
    await line.prepare([]);
    const { process, acting } = line.addOperator();
    const lines: string[] = [];
    const log = createLog({ level: 'debug', service: 'test', destination: { write: (text) => lines.push(text) } });
    const sender = new Sender({ ...process.line, log }, acting.right);
    const delivery = {
      queue: 'conveyor.intake',
      exchange: 'conveyor.start',
      routingKey: 'order-payment',
      body: Buffer.from(CANARY),
      contentType: 'application/json',
      messageId: 'poison',
      headers: {},
      redelivered: false,
      ack() {},
      giveBack() {},
    };
    const error = new SetAside('event-invalid', { problem: `body: not JSON (Unexpected token in "${CANARY}")` });
    for (let time = 1; time <= 10; time += 1) await line.until(sender.setAside(delivery, error));
    expect(lines.map((one) => JSON.parse(one) as object)).toEqual(
      Array(3).fill(expect.objectContaining({ code: 'event-invalid', messageId: 'poison', queue: 'conveyor.intake' })),
    );
    expect(lines.join('')).not.toContain(CANARY);
  });
});
