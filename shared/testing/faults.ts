import type { Broker, OutgoingMessage } from '../broker/broker.ts';
import { ENVELOPE_CONTENT_TYPE } from '../contract/envelope.ts';
import { stationAddress } from '../contract/topology.ts';
import { Unavailable } from '../core/errors.ts';
import type { PausePoint } from '../runtime/pause-points.ts';

/** Faults that wait for their occasion: each strikes once, at the first that fits. */
export type Fault =
  | { readonly kind: 'fail'; readonly problem: Error }
  | { readonly kind: 'die'; readonly at: PausePoint; readonly restart: boolean }
  | { readonly kind: 'deliver-twice' }
  | { readonly kind: 'lose-confirm' }
  | { readonly kind: 'lose-message' };

type Kind = Fault['kind'];
type Of<K extends Kind> = Extract<Fault, { kind: K }>;

export class Faults {
  readonly #onStrike: () => void;
  readonly #armed: { readonly action: string; readonly fault: Fault }[] = [];

  /** @param onStrike told of each that strikes */
  constructor(onStrike: () => void) {
    this.#onStrike = onStrike;
  }

  arm(action: string, fault: Fault): void {
    this.#armed.push({ action, fault });
  }

  /** The first that fits is taken out. */
  take<K extends Kind>(kind: K, action: string, fits: (fault: Of<K>) => boolean = () => true): Of<K> | undefined {
    const isMeant = (fault: Fault): fault is Of<K> => fault.kind === kind;
    const index = this.#armed.findIndex(({ action: of, fault }) => of === action && isMeant(fault) && fits(fault));
    const [found] = index < 0 ? [] : this.#armed.splice(index, 1);
    if (found) this.#onStrike();
    return found && isMeant(found.fault) ? found.fault : undefined;
  }

  /** What has not struck yet, as people read it. */
  get left(): readonly string[] {
    return this.#armed.map(({ action, fault }) => `${fault.kind} ${action}`);
  }

  /** A process's broker, on which messages to stations go wrong as armed. */
  of(broker: Broker): Broker {
    const publish: Broker['publish'] = async (message) => {
      const action = stationOf(message);
      if (action !== undefined && this.take('lose-message', action)) return;
      if (action !== undefined && this.take('deliver-twice', action)) await broker.publish(message);
      await broker.publish(message);
      if (action !== undefined && this.take('lose-confirm', action)) {
        throw new Unavailable('publish-unknown', { exchange: message.exchange, problem: 'the confirm was lost' });
      }
    };
    return new Proxy(broker, {
      get: (target, name) => {
        if (name === 'publish') return publish;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
  }
}

/** The action to whose station an envelope goes, at once or by the delay ladder. */
function stationOf({ contentType, routingKey }: OutgoingMessage): string | undefined {
  if (contentType !== ENVELOPE_CONTENT_TYPE) return undefined;
  const address = routingKey.split('.').at(-1) ?? '';
  return address.startsWith(stationAddress('')) ? address.slice(stationAddress('').length) : address;
}
