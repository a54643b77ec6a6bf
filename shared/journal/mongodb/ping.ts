import type { Commands } from './commands.ts';

export async function ping(commands: Commands): Promise<void> {
  await commands.ask('ping', { ping: 1 });
}
