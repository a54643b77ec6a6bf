// `npm start` with its output in a pipe: the whole line in one process.
import { describe, expect, it } from '@jest/globals';
import { startDev } from './dev-command.ts';

const LIMIT_MS = 60_000;

describe('npm start', () => {
  it(
    'takes the orders to their ends, shows plain lines, one order in full, the totals and a clean audit, and exits with 0',
    async () => {
      const dev = startDev(['--orders', '200']);
      expect(await dev.exited).toBe(0);

      const lines = dev.output.split('\n');
      expect(dev.output).not.toContain('\u001b');
      expect(lines.filter((line) => /^ *\d+ s · started [\d,]+ of 200 · ended/.test(line)).length).toBeGreaterThan(0);
      expect(dev.output).toMatch(
        /One order in full:\n\n {2}order-payment 1 · demo-\d{6} · [\w-]{22} · (succeeded|failed|cancelled)/,
      );
      // The seed has orders with a retry among its first 200, and one of them is shown.
      expect(dev.output).toMatch(/ {2}retried: /);
      const totals = Array.from(dev.output.matchAll(/^ {2}(\S+) +(\d+) +(\d+)$/gm), ([, state, found, expected]) => {
        expect([state, found]).toEqual([state, expected]);
        return Number(found);
      });
      expect(totals.reduce((sum, count) => sum + count, 0)).toBe(200);
      expect(dev.output).toMatch(/ {2}Requests to cancel, by answer:\n {4}\S+ +\d+/);
      expect(dev.output).toMatch(/ {2}Waits, by what ended them:\n {4}\S+ +\d+/);
      expect(dev.output).toMatch(/✔ 200 orders were started, 200 have ended/);
      expect(dev.output).not.toContain('✘');
      expect(dev.output).toMatch(/\nclean\n$/);
    },
    LIMIT_MS,
  );

  it(
    'stops cleanly on Ctrl-C, with the totals so far',
    async () => {
      const dev = startDev(['--orders', '20000']);
      await dev.says(/ended [1-9]/, LIMIT_MS);
      dev.kill('SIGINT');
      expect(await dev.exited).toBe(0);
      expect(dev.output).toMatch(/\nStopped: [\d,]+ of 20,000 orders had ended by then \(.*\); no audit was made\.\n$/);
    },
    LIMIT_MS,
  );

  it(
    'stays up when it is told to, and tells about itself until it is stopped',
    async () => {
      const dev = startDev(['--orders', '20', '--stay']);
      const [, metricsUrl = ''] = await dev.says(/^ {2}metrics +(http\S+)$/m, LIMIT_MS);
      const metrics = await (await fetch(metricsUrl)).text();
      expect(metrics).toContain('conveyor_starts_total{workflow="order-payment",result="started"} 20');
      const ready = await fetch(metricsUrl.replace('/metrics', '/readyz'));
      expect(ready.status).toBe(200);
      dev.kill('SIGTERM');
      expect(await dev.exited).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    'says what is wrong with its arguments',
    async () => {
      for (const [args, problem] of [
        [['--orders', 'many'], /Expected a whole number/],
        [['--kill'], /--kill needs --real/],
        [['--real', '--workers', 'shop=2'], /The actions are reserve-stock/],
        [['--colour'], /unknown option/],
      ] as const) {
        const dev = startDev(args);
        expect([await dev.exited, problem.test(dev.output)]).toEqual([1, true]);
      }
    },
    LIMIT_MS,
  );
});
