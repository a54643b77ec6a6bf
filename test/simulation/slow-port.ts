import type { Clock } from '../../shared/core/clock.ts';

/**
 * A port whose calls take time on the way there and on the way back, so that they overtake each other; what was sent arrives even
 * when its sender has died meanwhile.
 * @param names the methods that are slowed
 */
export function slowPort<Port extends object>(
  port: Port,
  names: ReadonlySet<string>,
  clock: Clock,
  delayMs: () => number,
): Port {
  const travel = (): Promise<void> | undefined => {
    const ms = delayMs();
    return ms > 0 ? clock.sleep(ms) : undefined;
  };
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!names.has(String(name))) return member.bind(target) as unknown;
      return async (...given: unknown[]): Promise<unknown> => {
        await travel();
        try {
          return await Reflect.apply(member, target, given);
        } finally {
          await travel();
        }
      };
    },
  });
}
