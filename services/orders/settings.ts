import { z } from 'zod';
import { type Environment, readSettings } from '../../shared/runtime/config.ts';
import type { Setting } from '../../shared/runtime/config-table.ts';

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
} as const satisfies Record<string, Setting>;

/** @throws Fatal `config-invalid`, one line that names the variable */
export const orderSettings = (environment: Environment) => readSettings(ORDER_SETTINGS, environment);
