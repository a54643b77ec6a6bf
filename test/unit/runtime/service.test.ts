import { describe, expect, it } from '@jest/globals';
import { Fatal } from '../../../shared/core/errors.ts';
import { BaseService, orAborted } from '../../../shared/runtime/service.ts';
import { settle } from '../../../shared/testing/virtual-clock.ts';
import { stressService } from '../../support/service-stress.ts';

/** Starts and stops when the test says so, and notices when it is asked for both at once. */
class Probe extends BaseService {
  readonly history: string[] = [];
  signal: AbortSignal | undefined;
  #busy = false;
  #proceed: ((error?: Error) => void) | undefined;
  readonly #held: boolean;

  constructor(held = false) {
    super();
    this.#held = held;
  }

  /** Ends what is under way. */
  proceed(error?: Error): void {
    this.#proceed?.(error);
  }

  protected override onStart(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    return this.#during('start');
  }

  protected override onStop(): Promise<void> {
    return this.#during('stop');
  }

  async #during(what: string): Promise<void> {
    if (this.#busy) throw new Error('two transitions at once');
    this.#busy = true;
    this.history.push(what);
    try {
      await (this.#held ? this.#decided() : settle());
    } finally {
      this.#busy = false;
    }
  }

  #decided(): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      this.#proceed = (error) => (error ? reject(error) : resolve());
    });
  }
}

describe('service', () => {
  it('can be stopped before it was started, stopped twice, and started again', async () => {
    const service = new Probe();
    await service.stop();
    await service.start();
    await service.start();
    expect(service.started).toBe(true);
    await service.stop();
    await service.stop();
    expect(service.started).toBe(false);
    await service.start();
    expect(service.history).toEqual(['start', 'stop', 'start']);
  });

  it('V1: begins to stop only when the start under way has ended', async () => {
    const service = new Probe(true);
    const start = service.start();
    await settle();
    const stop = service.stop();
    await settle();
    expect(service.history).toEqual(['start']);
    expect(service.signal?.aborted).toBe(true);
    service.proceed();
    await start;
    await settle();
    service.proceed();
    await stop;
    expect(service.history).toEqual(['start', 'stop']);
    expect(service.started).toBe(false);
  });

  it('V2: does not begin a start that a stop has overtaken', async () => {
    const service = new Probe(true);
    const first = service.start();
    const second = service.start();
    await settle();
    const stop = service.stop();
    await settle();
    service.proceed(new Error('gave up'));
    await expect(first).rejects.toThrow('gave up');
    await expect(second).rejects.toEqual(new Fatal('stopped', { what: 'Probe' }));
    await stop;
    expect(service.history).toEqual(['start']);
  });

  it('may be started again after a start that failed', async () => {
    const service = new Probe(true);
    const failed = service.start();
    await settle();
    service.proceed(new Error('no server'));
    await expect(failed).rejects.toThrow('no server');
    expect(service.started).toBe(false);
    const again = service.start();
    await settle();
    service.proceed();
    await again;
    expect(service.started).toBe(true);
  });

  it('survives being started and stopped by many at once', async () => {
    const service = new Probe();
    await stressService(() => service);
    expect(service.history.length).toBeGreaterThan(20);
  });
});

describe('what one start waits for', () => {
  it('may be any number of things, and Node takes none of them for a leak', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): number => warnings.push(name);
    process.on('warning', onWarning);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, () => orAborted(Promise.resolve(), signal)));
    await settle();
    process.off('warning', onWarning);
    expect(warnings).not.toContain('MaxListenersExceededWarning');
  });
});
