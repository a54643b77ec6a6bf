import { z } from 'zod';
import { type Environment, readSettings } from '../../../shared/runtime/config.ts';
import type { Setting } from '../../../shared/runtime/config-table.ts';
import { type Misbehaviour, misbehaviourSchema } from './misbehaviour.ts';

/** What the stub reads from the environment. */
const SETTINGS = {
  host: {
    name: 'DOWNSTREAM_HOST',
    meaning: 'The address at which the stub listens. It is not protected.',
    default: '127.0.0.1',
    allowed: 'an IP address',
    parser: z.union([z.ipv4(), z.ipv6()]),
    programs: [],
  },
  port: {
    name: 'DOWNSTREAM_PORT',
    meaning: 'The port of the same. 0: any free one, which the log names.',
    default: '4010',
    allowed: 'a port from 0 to 65535',
    parser: z
      .string()
      .regex(/^\d{1,5}$/)
      .transform(Number)
      .pipe(z.number().max(65_535)),
    programs: [],
  },
  misbehaviour: {
    name: 'DOWNSTREAM_MISBEHAVIOUR',
    meaning: 'How it misbehaves from the beginning: what PUT /misbehaviour takes.',
    default: '{}',
    allowed: 'a JSON object, e.g. {"errorRate":0.02,"lostReplyRate":0.01,"slowRate":0.01,"slowMs":2000}',
    parser: z.string().transform(parseMisbehaviour),
    programs: [],
  },
} as const satisfies Record<string, Setting>;

function parseMisbehaviour(text: string, context: z.RefinementCtx): Misbehaviour {
  try {
    return misbehaviourSchema.parse(JSON.parse(text));
  } catch {
    context.addIssue({ code: 'custom', message: 'not a misbehaviour' });
    return z.NEVER;
  }
}

/** @throws Fatal `config-invalid`, one line that names the variable */
export const downstreamSettings = (environment: Environment) => readSettings(SETTINGS, environment);
