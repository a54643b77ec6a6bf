import { ERROR_ADVICE } from '../../shared/core/error-advice.ts';
import { ConveyorError, type ErrorCode } from '../../shared/core/errors.ts';
import type { Environment } from '../../shared/runtime/config.ts';
import { maskUrl, maskUrls } from '../../shared/runtime/mask.ts';
import { printableText } from '../../shared/runtime/printable.ts';

/** The server that does not answer, by the code that says so. */
const SERVER_OF: Readonly<Partial<Record<ErrorCode, string>>> = {
  'journal-unavailable': 'MONGODB_URL',
  'journal-unknown': 'MONGODB_URL',
  'broker-unavailable': 'AMQP_URL',
  'exchange-missing': 'AMQP_URL',
  'publish-unknown': 'AMQP_URL',
  'events-missed': 'AMQP_URL',
};

/** An error as one line: its code, what is wrong, where, and what to do next. Never with credentials. */
export function describeFailure(error: unknown, environment: Environment): string {
  if (!(error instanceof ConveyorError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return `unexpected: ${maskUrls(text)}`;
  }
  const { code, message } = error;
  return oneLine(`${code}: ${sentence(maskUrls(message))} ${whereIs(error, environment)}${ERROR_ADVICE[code]}`);
}

/** A command that was not done has its reason as its cause. */
function whereIs({ code, cause }: ConveyorError, environment: Environment): string {
  const variable = SERVER_OF[cause instanceof ConveyorError ? cause.code : code];
  const url = variable && environment[variable];
  return url ? `${variable} is ${maskUrl(url)}. ` : '';
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

const oneLine = (text: string): string => printableText(text.replace(/\s*\n\s*/g, ' ').trim());
