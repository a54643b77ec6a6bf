import { Intake } from '../../shared/runtime/intake.ts';
import { runService } from '../../shared/runtime/run-service.ts';
import { LineService, processId } from '../../shared/wiring/line-service.ts';

// The intake: takes start events at the door of the line.
await runService('intake', (context) => {
  const { config, random } = context;
  const { definitionWaitMs } = config;
  const line = new LineService(
    'intake',
    context,
    (joined) => new Intake(joined, { definitionWaitMs, worker: processId(random) }),
  );
  return { services: { line }, checks: line.checks };
});
