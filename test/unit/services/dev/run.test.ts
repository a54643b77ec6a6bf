// Goal: the exit code says what happened. The line is the real embedded one; only the command's own time is fast.
import { describe, expect, it } from '@jest/globals';
import type { OrdersToPlace } from '../../../../services/dev/dev-line.ts';
import { EmbeddedDevLine } from '../../../../services/dev/embedded-line.ts';
import { PlainView } from '../../../../services/dev/plain-view.ts';
import { runDevLine } from '../../../../services/dev/run.ts';
import type { Timer } from '../../../../shared/core/clock.ts';
import { SystemClock, SystemRandom } from '../../../../shared/runtime/clock.ts';
import { silentLog } from '../../../../shared/runtime/log.ts';

const platform = { clock: new SystemClock(), random: new SystemRandom(), log: silentLog };

/** Much faster than the line's, but not so fast that a machine under load looks like a line that stands still. */
const HASTE = 20;

class HastyClock extends SystemClock {
  override monotonic(): number {
    return super.monotonic() * HASTE;
  }

  override after(ms: number, action: () => void): Timer {
    return super.after(ms / HASTE, action);
  }
}

async function run(line: EmbeddedDevLine): Promise<{ code: number; text: string }> {
  let text = '';
  const output = { write: (written: string) => (text += written) };
  const code = await runDevLine({
    line,
    output,
    view: new PlainView(output),
    clock: new HastyClock(),
    random: new SystemRandom(),
    log: silentLog,
    options: { orders: 20, seed: 'run', workers: new Map() },
  });
  expect(line.started).toBe(false);
  return { code, text };
}

const LIMIT_MS = 20_000;

describe('npm start', () => {
  it.concurrent(
    'is 0 when the audit is clean',
    async () => {
      const { code, text } = await run(new EmbeddedDevLine(platform));
      expect(text).toMatch(/One order in full:[\s\S]*Totals:[\s\S]*Audit:[\s\S]*\nclean\n$/);
      expect(code).toBe(0);
    },
    LIMIT_MS,
  );

  it.concurrent(
    'is 1 when an effect is missing downstream',
    async () => {
      const other = new EmbeddedDevLine(platform);
      await other.start();
      class WrongLedger extends EmbeddedDevLine {
        override get downstreamUrl(): string {
          return this.started ? other.downstreamUrl : super.downstreamUrl;
        }
      }
      const { code, text } = await run(new WrongLedger(platform));
      await other.stop();
      expect(text).toContain('completed, and took effect 0 times downstream');
      expect(text).toMatch(/NOT CLEAN\n$/);
      expect(code).toBe(1);
    },
    LIMIT_MS,
  );

  it.concurrent('is 1 when the line does not start, and says why', async () => {
    class NotStarting extends EmbeddedDevLine {
      protected override async onStart(): Promise<void> {
        throw new Error('no room');
      }
    }
    expect(await run(new NotStarting(platform))).toEqual({ code: 1, text: '\nThe line failed: no room\n' });
  });

  it.concurrent('is 1 when the line breaks under way, and says why', async () => {
    const broken = new AbortController();
    class Breaking extends EmbeddedDevLine {
      override readonly broken = broken.signal;

      override async placeOrders(orders: OrdersToPlace, signal: AbortSignal): Promise<void> {
        await super.placeOrders({ ...orders, count: 1 }, signal);
        broken.abort(new Error('a worker cannot be kept up'));
      }
    }
    const { code, text } = await run(new Breaking(platform));
    expect(text).toMatch(/The line failed: a worker cannot be kept up\n$/);
    expect(code).toBe(1);
  });

  it.concurrent(
    'is 1 when orders do not come to an end',
    async () => {
      class Forgetful extends EmbeddedDevLine {
        override placeOrders(orders: OrdersToPlace, signal: AbortSignal): Promise<void> {
          return super.placeOrders({ ...orders, count: orders.count - 1 }, signal);
        }
      }
      const { code, text } = await run(new Forgetful(platform));
      expect(text).toMatch(/The line failed: no order has ended for 120 s; \d+ of 20 have\n$/);
      expect(code).toBe(1);
    },
    LIMIT_MS,
  );
});
