import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { FUNCTIONS, QUEUES } from '../../../lib/constants.ts';
import type { Check } from './scenario-check.ts';

const about = FUNCTIONS.enrollNode;

const enrolmentChecks: readonly Check[] = [
  {
    name: 'a machine with a join token becomes a node with a queue, an audit row and an event',
    covers: [about, `EVENT_BUS_NAME of ${about}`, `AUDIT_TABLE of ${about}`],
    cloud: 'running',
    run: async ({ operator, node, until }) => {
      const { nodeId, takeCommand } = await node();
      if ((await operator.stores.nodes.get(nodeId))?.lifecycle === undefined)
        throw new Error(`${nodeId} has no item`);
      await takeCommand();
      const rows = await operator.stores.audit.listBySubject(`node:${nodeId}`, 10);
      if (!rows.some(({ actor }) => actor === about))
        throw new Error(`${nodeId} has no audit row of its enrolment`);
      await until(
        async () => (await operator.events('NodeEnrolled')).some(({ detail }) => detail['nodeId'] === nodeId),
        'NodeEnrolled in the events log',
      );
    },
  },
  {
    name: 'the first heartbeat makes a node active, with an audit row and NodeActivated',
    covers: [FUNCTIONS.recordReports, QUEUES.reports, `REPORTS_QUEUE_URL of ${about}`],
    cloud: 'running',
    run: async ({ operator, node, until }) => {
      const { nodeId, beat } = await node();
      await beat();
      await until(
        async () => (await operator.stores.nodes.get(nodeId))?.lifecycle === 'active',
        `${nodeId} to be active`,
      );
      await until(
        async () =>
          (await operator.events('NodeActivated')).some(({ detail }) => detail['nodeId'] === nodeId),
        'NodeActivated in the events log',
      );
      const rows = await operator.stores.audit.listByAction('activate-node', 10);
      if (rows.length === 0) throw new Error('there is no audit row of the activation');
    },
  },
  {
    name: 'the inventory that a node put into the bucket is read there and recorded',
    covers: [`ARTIFACT_BUCKET of ${FUNCTIONS.recordReports}`, `ARTIFACT_BUCKET of ${about}`],
    cloud: 'running',
    run: async ({ operator, node, until }) => {
      const { nodeId, report, store } = await node();
      const digest = await store(JSON.stringify({ schemaVersion: 1, nodeId, entries: [] }));
      await report({
        type: 'inventory',
        inventory: { digest, key: artifactKey(digest), count: 0, bytes: 0 },
      });
      await until(
        async () => (await operator.stores.nodes.get(nodeId))?.inventory?.digest === digest,
        `the inventory of ${nodeId} in its item`,
      );
    },
  },
];

export { enrolmentChecks };
