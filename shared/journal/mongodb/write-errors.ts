import type { WriteReply } from './commands.ts';
import { answerUnclear } from './failures.ts';

/** For writes of which no item can fail by its content. @throws Unavailable `journal-unknown` when one did */
export function refuseErrors(operation: string, reply: WriteReply): void {
  const error = reply.writeErrors?.[0];
  if (error) throw answerUnclear(operation, error.errmsg);
}
