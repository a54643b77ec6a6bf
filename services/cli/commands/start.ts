import { Command, Option } from 'commander';
import type { Broker, OutgoingMessage } from '../../../shared/broker/broker.ts';
import { decodeStartEvent, workflowIdOf } from '../../../shared/contract/start-event.ts';
import { startMessage } from '../../../shared/contract/start-message.ts';
import { Unavailable } from '../../../shared/core/errors.ts';
import type { JsonObject } from '../../../shared/core/json.ts';
import { LIMITS } from '../../../shared/core/limits.ts';
import type { WorkflowHistory } from '../../../shared/journal/records.ts';
import { standingOf, statusOf } from '../../../shared/runtime/standing.ts';
import type { Execute } from '../cli.ts';
import { readJsonFile } from '../json-file.ts';
import { duration, jsonObject, jsonOption, wholeNumber } from '../options.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

const SOURCE = '/conveyor/cli';
/** How often `--wait` looks. */
const LOOK_EVERY_MS = 100;

interface StartOptions {
  readonly key: string;
  readonly data?: JsonObject;
  readonly dataFile?: string;
  readonly id?: string;
  readonly source: string;
  readonly version?: number;
  readonly wait?: true;
  readonly timeout: number;
  readonly json?: true;
}

export const startCommand = (execute: Execute): Command =>
  new Command('start')
    .description('publishes a start event, as every program may')
    .argument('<workflow>', 'name of the definition')
    .requiredOption('--key <business key>', 'what the workflow is found by, e.g. an order id')
    .addOption(new Option('--data <json>', 'its input').argParser(jsonObject).conflicts('dataFile'))
    .option('--data-file <file>', 'its input, in a file')
    .option('--id <id>', 'id of the event: with the source, the same again is ignored; default: a new one')
    .option('--source <source>', 'who sends it', SOURCE)
    .option(
      '--version <number>',
      'version of the definition; default: the highest active',
      wholeNumber(1, LIMITS.versions),
    )
    .option('--wait', 'until it has ended or is parked')
    .option('--timeout <duration>', 'how long to wait', duration, 60_000)
    .addOption(jsonOption())
    .action((workflow: string, options: StartOptions) =>
      execute(options, (session) => start(session, workflow, options)),
    );

async function start(session: Session, workflow: string, options: StartOptions): Promise<Result> {
  const { key: businessKey, source, id = session.random.id(), version } = options;
  const data =
    options.dataFile === undefined ? (options.data ?? {}) : await readJsonFile('--data-file', options.dataFile);
  const request = { workflow, businessKey, data, source, id, ...(version === undefined ? {} : { version }) };
  const message = startMessage(session.namespace, request);
  // By the intake's own rules: what it would set aside is refused here and now.
  decodeStartEvent(message.body, message.contentType, message.routingKey);
  await publish(session.broker(), message);
  const workflowId = workflowIdOf(source, id);
  const sent = { workflowId, workflow, businessKey, source, id };
  if (!options.wait) return { json: sent, text: () => workflowId };
  return awaitEnd(session, sent, options.timeout);
}

/**
 * Once more when the outcome is unknown, since the same event again is the same. The second answer also says more: that an
 * exchange is missing is known only after the first message to it was lost.
 */
async function publish(broker: Broker, message: OutgoingMessage): Promise<void> {
  try {
    await broker.publish(message);
  } catch (error) {
    if (!(error instanceof Unavailable) || error.code !== 'publish-unknown') throw error;
    await broker.publish(message);
  }
}

/** What is accepted appears in the journal within moments; what is refused never does, and lies in the dead queue. */
async function awaitEnd(
  session: Session,
  sent: { readonly workflowId: string; readonly businessKey: string },
  limitMs: number,
): Promise<Result> {
  const { clock, namespace } = session;
  const journal = await session.journal();
  const endsAt = clock.monotonic() + limitMs;
  let history: WorkflowHistory | null = null;
  for (;;) {
    history = await journal.readHistory(sent.workflowId);
    if (history && standingOf(history).kind !== 'running') break;
    if (clock.monotonic() >= endsAt) break;
    await clock.sleep(LOOK_EVERY_MS);
  }
  const standing = history && standingOf(history);
  const status = standing && statusOf(standing);
  const state = history?.snapshots.at(-1)?.state ?? null;
  return {
    json: { ...sent, status, state },
    text: (paint) => {
      if (!status)
        return `${sent.workflowId}: not in the journal. Is an intake running? If so, it was refused: the queue ${namespace}.dead says why`;
      return `${sent.workflowId}: ${paint.status(status)}${state === null ? '' : ` in state ${state}`}`;
    },
    exitCode: standing?.kind === 'ended' ? 0 : 1,
  };
}
