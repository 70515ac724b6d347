import { createHash } from 'node:crypto';
import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import type { AuditReader } from '../../lib/audit/audit-row.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import { createMemoryDeliveryStore } from '../../lib/distribution/memory-delivery-store.ts';
import { createMemoryDistributionStore } from '../../lib/distribution/memory-distribution-store.ts';
import { createMemoryTransferSlots } from '../../lib/distribution/memory-transfer-slots.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemoryInventoryDocuments } from '../../lib/nodes/memory-inventory-documents.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { ReportPorts } from '../../lib/nodes/record-report.ts';
import type { InventoryEntry, Report } from '../../lib/nodes/report.ts';
import { createTestClock, NODE_ID } from './fixtures.ts';

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** All that `record-reports` works with, in memory. */
const createReportInstallation = () => {
  const clock = createTestClock();
  const objects = new Map<string, Uint8Array>();
  const publisher = createMemoryPublisher();
  const ports: ReportPorts & { readonly audit: AuditReader } = {
    clock,
    publisher,
    nodes: createMemoryNodeStore(),
    artifacts: createMemoryArtifactStore(),
    deliveries: createMemoryDeliveryStore(),
    distributions: createMemoryDistributionStore(),
    commands: createMemoryCommandStore(),
    slots: createMemoryTransferSlots(),
    audit: createMemoryAuditStore(),
    documents: createMemoryInventoryDocuments(objects),
    idleCriteria: async () => ({ gpuIdlePercent: 10, cpuIdlePercent: 20, digest: 'test' }),
    warn: () => undefined,
    recordWork: async () => undefined,
    bucket: 'artifacts-bucket',
    objects: {
      describe: async (_bucket, key) => {
        const bytes = objects.get(key);
        return (
          bytes && {
            bytes: bytes.length,
            checksumSha256: createHash('sha256').update(bytes).digest('base64'),
          }
        );
      },
    },
  };
  /** Puts the full list into the store, as an agent does, and gives what it reports of it. */
  const putInventory = (
    artifactIds: readonly string[],
    nodeId = NODE_ID,
    outsideCopies?: readonly InventoryEntry[],
  ) => {
    const entries = [...artifactIds].sort().map((artifactId) => ({
      artifactId,
      bytes: 10,
      path: `models/${artifactId.slice(0, 4)}/1/m.pth`,
    }));
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 1, nodeId, entries, outsideCopies }));
    const digest = sha256(bytes);
    objects.set(`artifacts/${digest}`, bytes);
    return { digest, key: `artifacts/${digest}`, count: entries.length, bytes: entries.length * 10 };
  };
  return { clock, ports, objects, published: publisher.published, putInventory };
};

const reportEnvelope = (seq: number) => ({
  schemaVersion: 1 as const,
  reportId: `00000000-0000-4000-8000-${String(seq).padStart(12, '0')}`,
  nodeId: NODE_ID,
  bootId: 'boot-1',
  seq,
  sentAt: '1999-01-01T00:00:00.000Z',
});

const inventoryReport = (
  seq: number,
  inventory: Extract<Report, { type: 'inventory' }>['inventory'],
): Report => ({ ...reportEnvelope(seq), type: 'inventory', inventory });

export { createReportInstallation, inventoryReport, reportEnvelope, sha256 };
