// A whole line in one process: the intake, a steward, and the stations that are named. What services/ does in several processes, with the
// same parts and nothing switched off:   one-process.ts <action> [<action> …]
import { Intake } from '../../shared/runtime/intake.ts';
import { runService } from '../../shared/runtime/run-service.ts';
import { ServiceGroup } from '../../shared/runtime/service-group.ts';
import { Steward } from '../../shared/runtime/steward/steward.ts';
import { stewardWork } from '../../shared/runtime/steward/steward-work.ts';
import { Worker } from '../../shared/runtime/worker.ts';
import { LineService, processId } from '../../shared/wiring/line-service.ts';
import { actions } from './workload.ts';

const STOP_MS = 10_000;

const names = process.argv.slice(2);

await runService('one-process', (context) => {
  const { config, clock, log, random, fail } = context;
  const { livenessTimeoutMs, definitionWaitMs } = config;
  const id = processId(random);
  const line = new LineService('one-process', context, (joined) => {
    const worker = new Worker(joined, {
      actions: actions.filter(({ name }) => names.includes(name)),
      identity: { _id: id, host: 'bench', pid: process.pid },
      livenessTimeoutMs,
      graceMs: STOP_MS / 2,
      onFenced: fail,
    });
    const intake = new Intake(joined, { definitionWaitMs, worker: id });
    const steward = new Steward(joined, { worker: id, work: (acting) => stewardWork(acting, { livenessTimeoutMs }) });
    return new ServiceGroup({ worker, intake, steward }, { clock, log, stopMs: STOP_MS });
  });
  return { services: { line }, checks: line.checks };
});
