import { decodeStationMessage, type Envelope } from '../../shared/contract/envelope.ts';
import { SetAside } from '../../shared/core/errors.ts';

/** Parses what came to a station, where it can only be an envelope. @throws SetAside `envelope-invalid`, also for a probe */
export function decodeEnvelope(body: Buffer): Envelope {
  const message = decodeStationMessage(body);
  if (message.kind === 'probe') throw new SetAside('envelope-invalid', { problem: 'kind: this is a probe' });
  return message;
}
