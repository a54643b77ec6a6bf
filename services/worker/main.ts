import { hostname } from 'node:os';
import path from 'node:path';
import { hostedActions, loadActionModule } from '../../shared/runtime/action-module.ts';
import { checkFailover } from '../../shared/runtime/failover.ts';
import { runService } from '../../shared/runtime/run-service.ts';
import { actionGraceMs } from '../../shared/runtime/stop-budget.ts';
import { Worker } from '../../shared/runtime/worker.ts';
import { LineService, processId } from '../../shared/wiring/line-service.ts';

/** Found beside this file, whether it runs from the sources or from what was built; no import, so that services stay apart. */
const ORDERS_LINE = path.join(import.meta.dirname, `../orders/index${path.extname(import.meta.url)}`);

// A worker: hosts the stations of the actions that its arguments name.
await runService('worker', async (context) => {
  const { config, random, fail } = context;
  const module = await loadActionModule(config.actionsModule ?? path.relative('', ORDERS_LINE), process.cwd());
  const actions = hostedActions(module, process.argv.slice(2));
  const line = new LineService('worker', context, async (joined, journal) => {
    checkFailover(config.livenessTimeoutMs, await journal.electionTimeoutMs());
    return new Worker(joined, {
      actions,
      identity: { _id: processId(random), host: hostname(), pid: process.pid },
      livenessTimeoutMs: config.livenessTimeoutMs,
      graceMs: actionGraceMs(config.shutdownGraceMs),
      onFenced: fail,
    });
  });
  return { services: { line }, checks: line.checks };
});
