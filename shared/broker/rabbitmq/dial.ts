import { type ChannelModel, connect } from 'amqplib';
import type { Purpose, Settings } from './options.ts';

/** Opens one connection; an abort of the signal destroys its socket, at any time, also long after it has been opened. */
export type Dial = (signal: AbortSignal) => Promise<ChannelModel>;

/** RabbitMQ's own default, stated: larger messages are cut into frames of this many bytes. */
const FRAME_BYTES_MAX = 131_072;
/** RabbitMQ's own default, stated. One channel per consumer, one to publish, one per operation under way. */
const CHANNELS_MAX = 2_047;

/** Dials the server of the settings with everything pinned that the server or the library would choose otherwise. */
export function dialer(purpose: Purpose, settings: Settings): Dial {
  const url = new URL(settings.url);
  url.searchParams.set('heartbeat', String(settings.heartbeatSeconds));
  url.searchParams.set('frameMax', String(FRAME_BYTES_MAX));
  url.searchParams.set('channelMax', String(CHANNELS_MAX));
  const socketOptions = {
    // Otherwise small frames wait for the acknowledgement of earlier ones.
    noDelay: true,
    clientProperties: { connection_name: `${settings.name} ${purpose}` },
  };
  // The library hands its options on to `net.connect` or `tls.connect`, which know `signal`; its types do not.
  return (signal) => connect(url.href, Object.assign({ signal }, socketOptions));
}
