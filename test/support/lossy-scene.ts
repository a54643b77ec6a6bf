import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, queueName } from '../../shared/contract/topology.ts';
import { Scene, type SceneOptions } from './scene.ts';
import { NAMESPACE, type TestProcess } from './test-process.ts';

/** A scene in which messages get lost, and what the steward does about it is counted. */
export class LossyScene {
  readonly scene: Scene;

  private constructor(scene: Scene) {
    this.scene = scene;
  }

  static async open(options: SceneOptions = {}): Promise<LossyScene> {
    const scene = await Scene.open(options);
    // Both stations are known: a worker has been there.
    const worker = await scene.worker('worker-0');
    await scene.line.until(worker.stop());
    return new LossyScene(scene);
  }

  get line() {
    return this.scene.line;
  }

  /** Starts parcels, whose first messages stand in the queue of `pack` unless somebody takes them. */
  async parcels(count: number, name = 'parcel'): Promise<readonly string[]> {
    const { line } = this;
    const intake = await line.addIntake();
    const ids: string[] = [];
    for (let number = 1; number <= count; number += 1) ids.push(await line.start('parcel', `${name}-${number}`));
    await this.until(() => this.#isEmpty(queueName.intake(NAMESPACE)));
    await line.until(intake.stop());
    return ids;
  }

  /** Everything that stands ready in the work queue of an action is gone for good. */
  async lose(action: 'pack' | 'send'): Promise<void> {
    const thief = this.line.server.connect();
    const queue = queueName.work(NAMESPACE, action);
    const taken = await this.line.until(
      thief.consume(queue, { prefetch: 10_000, onDelivery: (delivery) => delivery.ack() }),
    );
    await this.until(() => this.scene.atStation(action) === 0);
    await this.line.until(taken.cancel());
    thief.kill();
  }

  /** Everything that rests on the delay ladder is gone for good. */
  async loseLadder(): Promise<void> {
    const ladder = ladderTopology(NAMESPACE);
    for (const { name } of ladder.queues) this.line.server.removeQueue(name);
    await this.line.until(this.line.broker.declare(lineTopology(NAMESPACE, ladder)));
  }

  until(fact: () => boolean, limitMs = 3_600_000): Promise<void> {
    return this.line.clock.runUntil(fact, limitMs);
  }

  /** What a steward has sent again, as `1/2` (step, attempt). */
  redrivenBy(steward: TestProcess): readonly string[] {
    return this.#sentBy(steward).filter((what) => what !== 'probe');
  }

  probesBy(steward: TestProcess): number {
    return this.#sentBy(steward).filter((what) => what === 'probe').length;
  }

  #sentBy({ id }: TestProcess): readonly string[] {
    return this.scene.sent.flatMap((sent) => (sent.startsWith(`${id} `) ? [sent.slice(id.length + 1)] : []));
  }

  #isEmpty(queue: string): boolean {
    const depth = this.line.server.depths().get(queue);
    return depth !== undefined && depth.ready + depth.unacknowledged === 0;
  }
}
