import { FUNCTIONS, QUEUES } from '../../../lib/constants.ts';
import { publishModel } from './scenario-artifact.ts';
import type { Check } from './scenario-check.ts';
import { activeNode, nextPull, slotItem } from './scenario-distribution.ts';
import { CANONICAL, PIPELINE, putEvent } from './scenario-events.ts';
import { untilRefused } from './scenario-refusals.ts';

const syncChecks: readonly Check[] = [
  {
    name: 'an artifact that the pipeline asks to be synced is on its way to the node that it names, and audited',
    covers: [FUNCTIONS.dispatchSync, QUEUES.sync],
    cloud: 'running',
    run: async (stage) => {
      const { operator, until } = stage;
      const node = await activeNode(stage);
      const { artifact, bytes } = await publishModel(operator);
      const { artifactId } = artifact;
      const eventId = await putEvent(operator, {
        source: PIPELINE,
        name: 'SyncRequested',
        fields: { query: { artifactId }, targets: [node.nodeId], reason: 'scenario' },
      });
      const command = await nextPull(stage, node, artifactId);
      if ((await node.fetch(command.store)) !== bytes) throw new Error('the command points at other bytes');
      if (!(await slotItem(stage)).includes(command.commandId)) throw new Error('the transfer took no slot');
      if ((await operator.stores.commands.get(command.commandId)) === undefined)
        throw new Error('the ledger does not know the command');
      const [distribution] = await operator.stores.distributions.listByArtifact(artifactId);
      if (distribution?.trigger !== 'sync') throw new Error('there is no distribution of the sync');
      await until(async () => {
        const rows = await operator.stores.audit.listBySubject(`event:${eventId}`, 10);
        return rows.some(({ action }) => action === 'sync-data');
      }, 'the audit row of the sync');
    },
  },
  {
    name: 'a node that made urgent data is told to flush',
    covers: [FUNCTIONS.dispatchSync, `rule ${FUNCTIONS.dispatchSync}`],
    cloud: 'running',
    run: async (stage) => {
      const node = await activeNode(stage);
      const fields = { nodeId: node.nodeId, kind: 'games', name: 'hex8_2p', urgent: true };
      await putEvent(stage.operator, { source: PIPELINE, name: 'DataProduced', fields });
      await stage.until(async () => (await node.takeCommand())?.type === 'flush', 'the command to flush');
    },
  },
  {
    name: 'a malformed request for a sync is refused into sync-dlq with its reason',
    covers: [`REFUSED_QUEUE_URL of ${FUNCTIONS.dispatchSync}`, QUEUES.sync],
    cloud: 'running',
    run: async (stage) => {
      const event = {
        source: CANONICAL,
        name: 'SyncRequested',
        fields: { query: { artifactId: 'no hash' } },
      };
      const marker = await putEvent(stage.operator, event);
      await untilRefused(stage, QUEUES.sync, FUNCTIONS.dispatchSync, marker);
    },
  },
];

export { syncChecks };
