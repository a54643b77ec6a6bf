import type { Acting } from '../../shared/runtime/acting.ts';
import { checkFailover } from '../../shared/runtime/failover.ts';
import { runService } from '../../shared/runtime/run-service.ts';
import { Steward } from '../../shared/runtime/steward/steward.ts';
import { stewardWork } from '../../shared/runtime/steward/steward-work.ts';
import { LineService, processId } from '../../shared/wiring/line-service.ts';

// The steward: looks after what no worker holds. Any number of them may run.
await runService('steward', (context) => {
  const { config, random } = context;
  const { livenessTimeoutMs } = config;
  const line = new LineService('steward', context, async (joined, journal) => {
    // It judges workers dead, so it must not be quicker at that than they allow.
    checkFailover(livenessTimeoutMs, await journal.electionTimeoutMs());
    const work = (acting: Acting) => stewardWork(acting, { livenessTimeoutMs });
    return new Steward(joined, { worker: processId(random), work });
  });
  return { services: { line }, checks: line.checks };
});
