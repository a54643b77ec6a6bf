import { z } from 'zod';
import { type Duration, durationMs } from '../../shared/core/duration.ts';
import { type Environment, readSettings } from '../../shared/runtime/config.ts';
import type { Setting } from '../../shared/runtime/config-table.ts';
import { USUAL_PATIENCE } from './actions/patience.ts';

/** A duration as people write it, which is how actions take it. Not below the unit of the delay ladder. */
const duration = (most: Duration) =>
  z
    .templateLiteral([z.number(), z.enum(['ms', 's', 'm', 'h', 'd'])])
    .refine((text) => /^\d/.test(text) && durationMs(text, 'duration') >= 100)
    .refine((text) => durationMs(text, 'duration') <= durationMs(most, 'most'));

const firstPoll = { allowed: 'a duration from 100ms to 30d', parser: duration('30d'), programs: ['worker'] } as const;
const limit = { allowed: 'a duration from 100ms to 300d', parser: duration('300d'), programs: ['worker'] } as const;

/** What the orders line reads from the environment, beside the engine's own variables. */
export const ORDER_SETTINGS = {
  downstreamUrl: {
    name: 'DOWNSTREAM_URL',
    meaning: "Where the shop's stock, fraud, payment, shipping and delivery services answer.",
    default: 'http://127.0.0.1:4010',
    allowed: 'a URL that starts with http:// or https://',
    parser: z.url({ protocol: /^https?$/ }),
    isUrl: true,
    programs: ['worker'],
  },
  paymentPoll: {
    name: 'PAYMENT_POLL',
    meaning: 'When a bank that has not confirmed a payment is asked first; then ever more seldom.',
    default: USUAL_PATIENCE.payment.poll,
    ...firstPoll,
  },
  paymentLimit: {
    name: 'PAYMENT_LIMIT',
    meaning: 'How long a payment is waited for. Then the order fails, and what was done for it is undone.',
    default: USUAL_PATIENCE.payment.limit,
    ...limit,
  },
  deliveryPoll: {
    name: 'DELIVERY_POLL',
    meaning: 'When a carrier that has not delivered a parcel is asked first; then ever more seldom.',
    default: USUAL_PATIENCE.delivery.poll,
    ...firstPoll,
  },
  deliveryLimit: {
    name: 'DELIVERY_LIMIT',
    meaning: 'How long a parcel is waited for. Then it is lost: the order fails, and the customer gets the money back.',
    default: USUAL_PATIENCE.delivery.limit,
    ...limit,
  },
} as const satisfies Record<string, Setting>;

/** @throws Fatal `config-invalid`, one line that names the variable */
export const orderSettings = (environment: Environment) => readSettings(ORDER_SETTINGS, environment);
