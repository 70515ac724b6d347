import type { AuditStore } from '../audit/audit-row.ts';
import { PermanentError, TransientError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import type { DataWaiver } from './drain.ts';
import type { NodeStore } from './node-store.ts';

/** Every waiver ends, as every hold does. */
const MAX_WAIVER_SECONDS = 30 * 86_400;
/** A heartbeat every 30 s can come between the read and the write. */
const MAX_TRIES = 4;

interface WaivePorts {
  readonly nodes: Pick<NodeStore, 'get' | 'waiveData'>;
  readonly audit: Pick<AuditStore, 'record'>;
  readonly clock: Clock;
  readonly ids: IdSource;
}

interface WaiveRequest {
  readonly nodeId: string;
  readonly waivedBy: string;
  readonly reason: string;
  readonly ttlSeconds: number;
  /** What was shown to that person: it covers no more. */
  readonly seen: { readonly count: number; readonly bytes: number };
}

/**
 * Writes a person's word that what no artifact claims may go with the node. It is bound to what was seen: one more file or byte
 * voids it. The audit row comes first.
 * @throws PermanentError when there is no such node, or the time is too long; TransientError when the node changed again and again
 */
const waiveData = async (ports: WaivePorts, request: WaiveRequest): Promise<DataWaiver> => {
  const { nodeId, waivedBy, reason, ttlSeconds, seen } = request;
  if (!(ttlSeconds > 0 && ttlSeconds <= MAX_WAIVER_SECONDS))
    throw new PermanentError(`a waiver lasts from 1 second to 30 days, not ${ttlSeconds} s`);
  const now = ports.clock.now();
  const waiver: DataWaiver = {
    waivedBy,
    waivedAt: toTimestamp(now),
    reason,
    expiresAt: toTimestamp(addSeconds(now, ttlSeconds)),
    ...seen,
  };
  if ((await ports.nodes.get(nodeId)) === undefined) throw new PermanentError(`there is no node ${nodeId}`);
  await ports.audit.record({
    auditId: ports.ids.uuid(),
    subject: `node:${nodeId}`,
    at: waiver.waivedAt,
    actor: waivedBy,
    action: 'waive-data',
    reason,
    evidence: { count: seen.count, bytes: seen.bytes, expiresAt: waiver.expiresAt },
  });
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const node = await ports.nodes.get(nodeId);
    if (node === undefined) throw new PermanentError(`node ${nodeId} is gone`);
    if (await ports.nodes.waiveData(nodeId, node.revision, waiver)) return waiver;
  }
  throw new TransientError(
    `node ${nodeId} changed ${MAX_TRIES} times meanwhile: nothing was waived, try again`,
  );
};

export type { WaiveRequest };
export { waiveData };
