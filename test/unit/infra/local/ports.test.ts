import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { accepts, isFree, pickPorts } from '../../../../infra/local/ports.ts';

describe('ports', () => {
  test('are picked apart from each other and free', async () => {
    const ports = Object.values(await pickPorts(['a', 'b', 'c', 'd']));
    expect(new Set(ports).size).toBe(4);
    for (const port of ports) expect(await isFree(port)).toBe(true);
  });

  test('are not from the range of outgoing connections, where a client could connect to itself', async () => {
    const { one } = await pickPorts(['one']);
    // Linux begins there, other systems higher.
    expect(one).toBeLessThan(32_768);
  });

  test('that somebody listens on are not free, and accept', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const { port } = isAddress(address) ? address : { port: 0 };
    expect([await isFree(port), await accepts(port)]).toEqual([false, true]);
    await new Promise((resolve) => server.close(resolve));
    expect([await isFree(port), await accepts(port)]).toEqual([true, false]);
  });
});

function isAddress(address: ReturnType<ReturnType<typeof createServer>['address']>): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
