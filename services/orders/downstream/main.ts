import { SystemClock } from '../../../shared/runtime/clock.ts';
import { createLog } from '../../../shared/runtime/logger.ts';
import { DownstreamServer } from './server.ts';
import { downstreamSettings } from './settings.ts';

// The stub of the shop's other services as a process: SIGTERM or SIGINT ends it.
try {
  const server = new DownstreamServer({ ...downstreamSettings(process.env), clock: new SystemClock() });
  const log = createLog({ level: 'info', service: 'downstream' });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void server.stop());
  await server.start();
  log.info({ port: server.port }, 'ready');
} catch (error) {
  process.stderr.write(`downstream: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
