// A whole process around runService, for tests that kill it: node --import tsx sample-service.ts <behaviour>
import { Fatal } from '../../shared/core/errors.ts';
import { runService } from '../../shared/runtime/run-service.ts';

const [, , behaviour] = process.argv;
const done = async (): Promise<void> => {};
const never = (): Promise<void> => new Promise(() => {});

await runService('sample', ({ clock, fail }) => {
  const start = async (): Promise<void> => {
    if (behaviour === 'fails') fail(new Fatal('liveness-lost', { worker: 'w1', timeoutMs: 5_000 }));
    if (behaviour === 'throws') {
      clock.after(0, () => {
        throw new TypeError('nobody caught this');
      });
    }
    if (behaviour === 'rejects') void Promise.reject(new TypeError('nobody waited for this'));
  };
  const stop = behaviour === 'hangs' ? never : done;
  return { services: { part: { start, stop, started: true } }, checks: [] };
});
