import { ladderTopology } from '../../shared/contract/delay-ladder.ts';
import { lineTopology, stationTopology, type Topology } from '../../shared/contract/topology.ts';
import type { Session } from './session.ts';

/** What a line has on the broker: its own part, and that of every station that the journal knows. */
export async function topologyOf(session: Session): Promise<Topology> {
  const { namespace } = session;
  const journal = await session.journal();
  const stations = (await journal.listStations()).map(({ _id }) => stationTopology(namespace, _id));
  const parts = [lineTopology(namespace, ladderTopology(namespace)), ...stations];
  return {
    exchanges: parts.flatMap(({ exchanges }) => exchanges),
    queues: parts.flatMap(({ queues }) => queues),
    bindings: parts.flatMap(({ bindings }) => bindings),
  };
}
