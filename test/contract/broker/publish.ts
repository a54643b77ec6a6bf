import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Unavailable } from '../../../shared/core/errors.ts';
import { eventually } from '../../support/eventually.ts';
import type { BrokerSetup } from '../broker.ts';
import { acknowledging, bench } from './bench.ts';

const ROUTES: readonly [pattern: string, taken: readonly string[], refused: readonly string[]][] = [
  ['a.b', ['a.b'], ['a', 'a.b.c', 'b.a', 'A.B']],
  ['a.*', ['a.b', 'a.c'], ['a', 'b.a', 'a.b.c']],
  ['*.b', ['a.b', 'c.b'], ['b', 'a.c', 'a.c.b']],
  ['#', ['a', 'a.b', 'a.b.c.d', ''], []],
  ['#.intake', ['intake', '0.1.intake'], ['intake.0', '0.intakes', '']],
  ['a.#', ['a', 'a.b', 'a.b.c'], ['b', 'b.a', '']],
  ['*.#.z', ['a.z', 'a.b.z', 'a.b.c.z'], ['z', 'a.b', 'a.z.b']],
  ['#.b.#.d', ['b.d', 'a.b.d', 'a.b.c.d', 'b.b.d.d'], ['b', 'd.b', 'a.d', 'b.d.a']],
  ['*.*.1.#', ['0.0.1', '1.0.1.0.x'], ['0.0.0.1', '1', '0.1']],
];

export function publishContract(setup: () => BrokerSetup): void {
  describe('publish', () => {
    const current = bench(setup);

    it('resolves when the message is queued, and hands it over as it was', async () => {
      const { broker } = await current().line('q');
      const body = Buffer.from([0, 1, 254, 255, 10, 13]);
      const headers = { 'reason-code': 'card-declined', attempt: 7, big: 2 ** 40 };
      const sent = current().message('q', 'm1', { body, headers, contentType: 'application/json' });
      await broker.publish(sent);
      const depth = await broker.depth(current().name('q'));
      expect(depth).toBeGreaterThanOrEqual(1);
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('q'));
      await inbox.has('m1');
      const [delivery] = inbox.deliveries;
      expect(delivery?.body.equals(body)).toBe(true);
      expect(delivery).toMatchObject({
        queue: current().name('q'),
        exchange: current().name('x'),
        routingKey: 'q',
        contentType: 'application/json',
        messageId: 'm1',
        headers,
        redelivered: false,
      });
    });

    it('carries an empty body', async () => {
      const { broker } = await current().line('q');
      await broker.publish(current().message('q', 'empty', { body: Buffer.alloc(0) }));
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('q'));
      await inbox.has('empty');
      expect(inbox.deliveries[0]?.body).toHaveLength(0);
    });

    it('routes by topic: * is one word, # any number', async () => {
      const { broker } = await current().connect();
      const exchange = current().name('x');
      const queues = ROUTES.map((_, index) => ({ name: current().name(`route${index}`) }));
      const bindings = ROUTES.map(([pattern], index) => ({
        from: exchange,
        to: { queue: current().name(`route${index}`) },
        pattern,
      }));
      await broker.declare({ exchanges: [{ name: exchange, type: 'topic' }], queues, bindings });
      const keys = new Set(ROUTES.flatMap(([, taken, refused]) => [...taken, ...refused]));
      for (const key of keys) await broker.publish(current().message(key, key));
      for (const [index, [pattern, taken, refused]] of ROUTES.entries()) {
        const inbox = acknowledging();
        await inbox.consume(broker, current().name(`route${index}`));
        await inbox.has(...taken);
        expect([pattern, refused.filter((key) => inbox.find(key) !== undefined)]).toEqual([pattern, []]);
      }
    });

    it('puts a message into a queue once, however many bindings lead there', async () => {
      const { broker } = await current().line('q');
      const [x, y] = [current().name('x'), current().name('y')];
      await broker.declare({
        exchanges: [{ name: y, type: 'topic' }],
        queues: [],
        bindings: [
          { from: x, to: { queue: current().name('q') }, pattern: '#' },
          { from: x, to: { exchange: y }, pattern: 'q' },
          { from: y, to: { queue: current().name('q') }, pattern: '#' },
        ],
      });
      await broker.publish(current().message('q', 'once'));
      const depth = await broker.depth(current().name('q'));
      if (setup().features.duplicates) expect(depth).toBeGreaterThanOrEqual(1);
      else expect(depth).toBe(1);
    });

    it('follows bindings from exchange to exchange', async () => {
      const { broker } = await current().line('end');
      const [y, z] = [current().name('y'), current().name('z')];
      await broker.declare({
        exchanges: [
          { name: y, type: 'topic' },
          { name: z, type: 'topic' },
        ],
        queues: [],
        bindings: [
          { from: y, to: { exchange: z }, pattern: 'far.#' },
          { from: z, to: { queue: current().name('end') }, pattern: '*.away' },
        ],
      });
      await broker.publish(current().message('far.away', 'm', { exchange: y }));
      await expect(broker.publish(current().message('near.away', 'n', { exchange: y }))).rejects.toMatchObject({
        code: 'publish-unroutable',
      });
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('end'));
      await inbox.has('m');
      expect(inbox.deliveries[0]).toMatchObject({ exchange: y, routingKey: 'far.away' });
    });

    it('rejects what no queue takes, if it must be taken, and only that', async () => {
      const { broker } = await current().line('q');
      const publish = (key: string, mandatory: boolean) =>
        broker.publish(current().message(key, 'same id', { mandatory })).then(
          () => 'taken',
          (error: Unavailable) => error.code,
        );
      const answers = await Promise.all([
        publish('q', true),
        publish('nowhere', true),
        publish('q', true),
        publish('nowhere', false),
        publish('nowhere', true),
        publish('q', false),
      ]);
      const lost = 'publish-unroutable';
      expect(answers).toEqual(['taken', lost, 'taken', 'taken', lost, 'taken']);
      if (!setup().features.duplicates) expect(await broker.depth(current().name('q'))).toBe(3);
    });

    it('sends what no binding takes to the alternate exchange, and calls it routed', async () => {
      const { broker } = await current().connect();
      const [main, other] = [current().name('main'), current().name('other')];
      await broker.declare({
        exchanges: [
          { name: main, type: 'topic', alternateExchange: other },
          { name: other, type: 'topic' },
        ],
        queues: [{ name: current().name('bound') }, { name: current().name('rest') }],
        bindings: [
          { from: main, to: { queue: current().name('bound') }, pattern: 'known' },
          { from: other, to: { queue: current().name('rest') }, pattern: '#' },
        ],
      });
      await broker.publish(current().message('known', 'k', { exchange: main }));
      await broker.publish(current().message('unknown', 'u', { exchange: main }));
      const [bound, rest] = [acknowledging(), acknowledging()];
      await bound.consume(broker, current().name('bound'));
      await rest.consume(broker, current().name('rest'));
      await Promise.all([bound.has('k'), rest.has('u')]);
      expect(bound.distinctIds).toEqual(['k']);
      expect(rest.distinctIds).toEqual(['u']);
    });

    it('rejects a message to an exchange that does not exist, and goes on with the others', async () => {
      const { broker } = await current().line('q');
      const lost = { ...current().message('q', 'lost'), exchange: current().name('missing') };
      const done = new AbortController();
      const tries: unknown[] = [];
      const toMissing = async (): Promise<void> => {
        while (!done.signal.aborted) {
          tries.push(await broker.publish(lost).catch((error: unknown) => error));
          await sleep(1);
        }
      };
      // Behind something that repeats until the outcome is known it never is: then there is nothing to see here.
      if (setup().features.duplicates) return;
      const loop = toMissing();
      const taken: string[] = [];
      for (let index = 0; index < 20; index++) {
        const id = `m${index}`;
        const publish = () => broker.publish(current().message('q', id)).then(() => taken.push(id));
        // Those in flight with the first one may share its channel's fate.
        await eventually(async () => (await publish().catch(() => undefined)) !== undefined, 15_000);
      }
      done.abort();
      await loop;
      expect(taken).toHaveLength(20);
      for (const error of tries) expect(error).toBeInstanceOf(Unavailable);
      expect(tries.map((error) => (error as Unavailable).code)).toContain('exchange-missing');
      // It is found when it comes to exist.
      await broker.declare({
        exchanges: [{ name: lost.exchange, type: 'topic' }],
        queues: [],
        bindings: [{ from: lost.exchange, to: { queue: current().name('q') }, pattern: '#' }],
      });
      await eventually(() =>
        broker.publish(lost).then(
          () => true,
          () => false,
        ),
      );
    });

    it('refuses what no broker takes, and sends nothing of it', async () => {
      const { broker } = await current().line('q');
      const tooLong = broker.publish(current().message('q'.repeat(256), 'long'));
      const fine = broker.publish(current().message('q', 'fine'));
      await expect(tooLong).rejects.toMatchObject({ name: 'Refused', code: 'message-invalid' });
      await fine;
    });

    it('answers many at once, each for itself', async () => {
      const { broker } = await current().line('q');
      const ids = Array.from({ length: 3_000 }, (_, index) => `m${index}`);
      await Promise.all(ids.map((id) => broker.publish(current().message('q', id))));
      const inbox = acknowledging();
      await inbox.consume(broker, current().name('q'));
      await eventually(() => inbox.deliveries.length >= ids.length, 20_000);
      expect(new Set(inbox.messageIds)).toEqual(new Set(ids));
    });
  });
}
