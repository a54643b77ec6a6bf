import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { durationMs } from '../../../shared/core/duration.ts';
import { SETTINGS } from '../../../shared/runtime/config-table.ts';
import { fenceAfterMs } from '../../../shared/runtime/liveness.ts';
import {
  actionGraceMs,
  CLOSE_MS,
  FENCED_MS,
  FINISH_MS,
  GIVE_UP_MS,
  groupStopMs,
  HTTP_MS,
  RESERVED_SHARE,
} from '../../../shared/runtime/stop-budget.ts';

const DEFAULT_MS = durationMs(SETTINGS.shutdownGraceMs.default, 'shutdownGrace');

describe('the time for a stop', () => {
  it('is enough for a worker to finish, to give up and to close, one after the other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8_200, max: 1_800_000 }), (graceMs) => {
        expect(actionGraceMs(graceMs) + GIVE_UP_MS + CLOSE_MS).toBeCloseTo(
          groupStopMs(graceMs) * (1 - RESERVED_SHARE),
          6,
        );
        expect(groupStopMs(graceMs)).toBeLessThan(graceMs);
      }),
    );
  });

  it('leaves actions no time rather than less than none', () => {
    expect(actionGraceMs(1_000)).toBe(0);
  });

  it('has room by default: for most actions, for an intake, and for the status server after them', () => {
    expect(actionGraceMs(DEFAULT_MS)).toBe(14_375);
    expect(FINISH_MS + CLOSE_MS).toBeLessThan(groupStopMs(DEFAULT_MS));
    expect(HTTP_MS).toBeLessThan(groupStopMs(DEFAULT_MS) * RESERVED_SHARE);
  });

  it('a fenced process is gone before the others may judge it, whatever its liveness timeout', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_600_000 }), (timeoutMs) => {
        expect(fenceAfterMs(timeoutMs) + FENCED_MS).toBeLessThan(timeoutMs);
      }),
    );
  });
});
