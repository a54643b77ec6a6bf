import { describe, expect, it } from '@jest/globals';
import { checkFailover, neededLivenessMs } from '../../../shared/runtime/failover.ts';
import { fenceAfterMs, HEARTBEAT_MS } from '../../../shared/runtime/liveness.ts';

describe('the liveness timeout and the failover', () => {
  it('fit with our own settings: 5 s, and an election after 2 s', () => {
    expect(() => checkFailover(5_000, 2_000)).not.toThrow();
  });

  it("do not fit with the server's default of 10 s, and the refusal has the arithmetic", () => {
    expect(() => checkFailover(5_000, 10_000)).toThrow(
      expect.objectContaining({
        code: 'timeout-too-small',
        message: expect.stringMatching(/5000 ms.*after 10000 ms.*up to 13400 ms/),
      }),
    );
  });

  it('are not compared when the setting is not known', () => {
    expect(() => checkFailover(2_000, null)).not.toThrow();
  });

  it.each([1_000, 2_000, 10_000, 60_000])(
    'leave a worker alive whose last renewal was before an election of %d ms',
    (ms) => {
      expect(fenceAfterMs(neededLivenessMs(ms))).toBeGreaterThanOrEqual(HEARTBEAT_MS + ms);
      expect(() => checkFailover(neededLivenessMs(ms), ms)).not.toThrow();
      expect(() => checkFailover(neededLivenessMs(ms) - 1, ms)).toThrow();
    },
  );
});
