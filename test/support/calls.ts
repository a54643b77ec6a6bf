import type { Envelope } from '../../shared/contract/envelope.ts';
import { idempotencyKey } from '../../shared/core/names.ts';
import type { LogLevel } from '../../shared/runtime/log.ts';
import { type Log, silentLog } from '../../shared/runtime/log.ts';
import type { Call } from '../../shared/runtime/performer.ts';

/** An envelope of a parcel that is to be packed; its first attempt unless said otherwise. */
export const envelopeWith = (changed: Partial<Envelope> = {}): Envelope => ({
  specversion: '1.0',
  workflowId: 'AAAAAAAAAAAAAAAAAAAAAA',
  workflow: 'parcel',
  version: 1,
  businessKey: 'parcel-1',
  step: 1,
  attempt: 1,
  failures: 0,
  kind: 'run',
  action: 'pack',
  state: 'placed',
  data: {},
  sentAt: 0,
  ...changed,
});

/** A call of an action, for one middleware to wrap. */
export const callWith = (changed: Partial<Envelope> = {}): Call => {
  const envelope = envelopeWith(changed);
  return {
    envelope,
    data: envelope.data ?? {},
    idempotencyKey: idempotencyKey(envelope.workflowId, envelope.step),
    controller: new AbortController(),
  };
};

/** A log that keeps its lines as `level: message`. */
export function keptLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const keep = (level: LogLevel) => (_: unknown, message: string) => void lines.push(`${level}: ${message}`);
  const log: Log = {
    ...silentLog,
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    child: () => log,
    forStep: () => log,
  };
  return { log, lines };
}
