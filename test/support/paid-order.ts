import { CancelScene } from './cancel-scene.ts';

/** An order that stands before `ship`: its message is in the queue of a station that nobody hosts yet. */
export async function paidOrder(
  options: Parameters<typeof CancelScene.open>[0] = {},
): Promise<{ scene: CancelScene; id: string }> {
  const scene = await CancelScene.open(options);
  const id = await scene.order();
  await scene.worker('worker-1', ['reserve', 'pay', 'take-back']);
  await scene.line.clock.advance(3_000);
  return { scene, id };
}
