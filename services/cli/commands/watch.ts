import { Command, InvalidArgumentError } from 'commander';
import type { Delivery } from '../../../shared/broker/broker.ts';
import { type LifecycleEvent, lifecycleEventSchema } from '../../../shared/contract/lifecycle-event.ts';
import { exchangeName } from '../../../shared/contract/topology.ts';
import { Unavailable } from '../../../shared/core/errors.ts';
import { NAME_PATTERN } from '../../../shared/core/names.ts';
import { printable, printableText, screenJson } from '../../../shared/runtime/printable.ts';
import type { Execute } from '../cli.ts';
import { duration, jsonOption } from '../options.ts';
import { type Paint, paintFor } from '../paint.ts';
import type { Result } from '../result.ts';
import type { Session } from '../session.ts';

interface WatchOptions {
  readonly for?: number;
  readonly json?: true;
}

export const watchCommand = (execute: Execute): Command =>
  new Command('watch')
    .description('prints what happens to workflows, as it happens, until Ctrl-C')
    .argument('[workflow]', 'only those of this definition')
    .option('--for <duration>', 'only for so long', duration)
    .addOption(jsonOption())
    .action((workflow: string | undefined, options: WatchOptions) =>
      execute(options, (session) => watch(session, workflow, options)),
    );

async function watch(session: Session, workflow: string | undefined, options: WatchOptions): Promise<Result> {
  if (workflow !== undefined && !NAME_PATTERN.test(workflow)) {
    throw new InvalidArgumentError(`"${workflow}" is no name of a workflow: conveyor definitions list has them.`);
  }
  const { namespace, clock, out } = session;
  const exchange = exchangeName.events(namespace);
  const broker = session.broker();
  const missing = await broker.verify({ exchanges: [{ name: exchange, type: 'topic' }], queues: [], bindings: [] });
  if (missing.length > 0) throw new Unavailable('exchange-missing', { exchange });
  const paint = paintFor(out.isTerminal);
  const over = new AbortController();
  session.interrupted.addEventListener('abort', () => over.abort(), { once: true });
  let count = 0;
  const subscription = await broker.listen({
    exchange,
    pattern: `${workflow ?? '*'}.*`,
    onDelivery: (delivery) => {
      count += 1;
      out.write(`${lineOf(delivery, options.json === true, paint)}\n`);
    },
  });
  const limit = options.for === undefined ? undefined : clock.after(options.for, () => over.abort());
  if (!over.signal.aborted) {
    await new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true }));
  }
  limit?.cancel();
  await subscription.cancel();
  return { json: { events: count }, text: () => '', isPrinted: true };
}

/** Whoever may write to the exchange is trusted, but what it writes is not printed as it is. */
function lineOf({ body, messageId = '' }: Delivery, json: boolean, paint: Paint): string {
  const event = parse(body);
  if (!event)
    return json ? screenJson({ invalid: messageId }, 0) : `not a lifecycle event: ${printableText(messageId)}`;
  return json ? screenJson(event, 0) : describe(printable(event), paint);
}

function parse(body: Buffer): LifecycleEvent | undefined {
  try {
    return lifecycleEventSchema.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined; // no JSON: said by the caller
  }
}

function describe({ type, time, subject, workflowid, data }: LifecycleEvent, paint: Paint): string {
  const { workflow, step, action, state, code, reason } = data;
  const event = type.slice('conveyor.workflow.'.length);
  const why = [code, reason].filter((part) => part !== undefined).join(': ');
  const where = step === 0 ? '' : ` step ${step}${action === undefined ? '' : ` ${action}`}`;
  return `${paint.dim(time)} ${workflowid} ${workflow} ${subject}${where} ${paint.bold(event)} (${state})${why === '' ? '' : ` ${why}`}`;
}
