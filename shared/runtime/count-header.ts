import type { Delivery } from '../broker/broker.ts';

/** How often something has happened to a message, by a header of it. It comes from outside: anything but a sensible number counts as none. */
export function countIn({ headers }: Pick<Delivery, 'headers'>, header: string): number {
  const value = headers[header];
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 0;
}
