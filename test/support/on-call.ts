/** A port with something around every call of one method. */
export function onCall<Port extends object>(
  port: Port,
  method: keyof Port & string,
  around: (call: () => Promise<unknown>, given: readonly unknown[]) => Promise<unknown>,
): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (name !== method) return member.bind(target) as unknown;
      // The ports' methods that a test is interested in are asynchronous.
      return (...given: unknown[]) => around(() => Reflect.apply(member, target, given) as Promise<unknown>, given);
    },
  });
}
