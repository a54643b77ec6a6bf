import { Command, Option } from 'commander';
import { eventKeyOf } from '../../../shared/contract/cloud-event.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import { unreachable } from '../../../shared/core/unreachable.ts';
import type { NotificationRecord } from '../../../shared/journal/wait-records.ts';
import { type NearMiss, nearMisses } from '../../../shared/runtime/near-misses.ts';
import { awaitNotification, sendNotification, targetOf } from '../../../shared/runtime/operator/notify.ts';
import { printable } from '../../../shared/runtime/printable.ts';
import type { Execute } from '../cli.ts';
import { readJsonFile } from '../json-file.ts';
import { describeNearMiss, presentNotification } from '../notification.ts';
import { duration, jsonObject, jsonOption } from '../options.ts';
import type { Paint } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

interface NotifyOptions {
  readonly data?: JsonObject;
  readonly dataFile?: string;
  readonly workflow?: string;
  readonly id?: string;
  readonly source: string;
  readonly timeout: number;
  readonly json?: true;
}

export const notifyCommand = (execute: Execute): Command =>
  new Command('notify')
    .description('sends a notification, as every program may, and shows what became of it')
    .argument('<id or key>', 'id of the workflow, or its business key')
    .argument('<name>', 'name of the notification')
    .addOption(new Option('--data <json>', 'its payload').argParser(jsonObject).conflicts('dataFile'))
    .option('--data-file <file>', 'its payload, in a file')
    .option('--workflow <name>', 'name of the workflow: for a business key that fits several')
    .option('--id <id>', 'id of the event: with the source, the same again is ignored; default: a new one')
    .option('--source <source>', 'who sends it', '/conveyor/cli')
    .option('--timeout <duration>', 'how long to look what became of it', duration, 10_000)
    .addOption(jsonOption())
    .action((key: string, name: string, options: NotifyOptions) =>
      execute(options, (session) => notify(session, { key, name }, options)),
    );

async function notify(
  session: Session,
  { key, name }: { readonly key: string; readonly name: string },
  options: NotifyOptions,
): Promise<Result> {
  const acting = await session.acting();
  const { journal } = acting.line;
  const { source, workflow, id = session.random.id() } = options;
  const data =
    options.dataFile === undefined ? (options.data ?? {}) : await readJsonFile('--data-file', options.dataFile);
  const target = await targetOf(journal, key);
  const request = { ...target, name, source, id, data, ...(workflow === undefined ? {} : { workflow }) };
  await sendNotification(acting, request);
  const record = await awaitNotification({ journal, clock: session.clock }, request, options.timeout);
  if (!record) {
    const sent = { notification: eventKeyOf(source, id), name, source, id, state: null, near: [] };
    return { json: sent, text: () => 'sent, and not taken yet. Is a steward running?', exitCode: 1 };
  }
  const near = record.state === 'kept' ? await nearMisses(journal, record) : [];
  return {
    json: { ...presentNotification(record), near },
    text: (paint) => render(printable(record), printable(near), paint),
    exitCode: record.state === 'used' || record.state === 'kept' ? 0 : 1,
  };
}

function render(record: NotificationRecord, near: readonly NearMiss[], paint: Paint): string {
  const { state, usedBy = '', step, reason = '' } = record;
  switch (state) {
    case 'used':
      return paint.good(`used: it completed step ${step} of ${usedBy}`);
    case 'kept':
      return ['kept: nothing waits for it yet', ...near.map(describeNearMiss)].join('\n');
    case 'late':
      return paint.bad(
        step === undefined
          ? `late: ${usedBy} does not wait for it any more`
          : `late: step ${step} of ${usedBy} was completed before it`,
      );
    case 'refused':
      return paint.bad(`refused: ${reason}`);
    default:
      return unreachable(state);
  }
}
