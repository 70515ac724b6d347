import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { Instance } from '../../lib/providers/instance.ts';
import { createMemoryInstanceStore } from '../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import { ProviderError } from '../../lib/providers/provider-error.ts';
import { RECONCILE_POLICY } from '../../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../../lib/providers/reconcile-provider.ts';
import { createTestClock, makeHeartbeat, makeNode } from '../nodes/fixtures.ts';
import { makeInstance } from './fixtures.ts';

const FLEET = 4;
const nodeIdOf = (index: number): string => `n-${String(index).padStart(12, '0')}`;

/** One minute at the provider: an error (a page missing, a 500, another shape), or a complete list of these instances. */
const minute = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('transient', 'incomplete', 'unexpected-shape', 'auth-failure') },
  { weight: 4, arbitrary: fc.subarray(Array.from({ length: FLEET }, (_, index) => index)) },
  { weight: 2, arbitrary: fc.constant(Array.from({ length: FLEET }, (_, index) => index)) },
);
/** Where the function dies: after so many writes; 99 = nowhere. */
const crash = fc.oneof(
  { weight: 2, arbitrary: fc.constant(99) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }) },
);

describe('reconcileProvider', () => {
  it('ends no node unless two complete listings in a row lack its instance, whatever comes in between', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(minute, crash), { minLength: 1, maxLength: 14 }),
        async (minutes) => {
          const clock = createTestClock();
          const nodes = createMemoryNodeStore();
          const instances = createMemoryInstanceStore();
          const states = createMemoryProviderStateStore();
          for (let index = 0; index < FLEET; index += 1)
            await nodes.create(
              makeNode({ nodeId: nodeIdOf(index), instanceId: String(index), lifecycle: 'active' }),
            );
          const lackedInARow = Array<number>(FLEET).fill(0);
          let seq = 0;
          for (const [answer, writesUntilCrash] of minutes) {
            clock.advance(60);
            seq += 1;
            let writes = 0;
            const write =
              <Args extends readonly unknown[], Answer>(act: (...args: Args) => Promise<Answer>) =>
              async (...args: Args): Promise<Answer> => {
                writes += 1;
                if (writes > writesUntilCrash) throw new Error('the function died');
                return act(...args);
              };
            for (let index = 0; index < FLEET; index += 1)
              await nodes.recordHeartbeat(nodeIdOf(index), {
                bootId: 'boot-1',
                seq,
                heartbeat: makeHeartbeat(),
                sentAt: clock.now(),
              });
            const listInstances = async (): Promise<Instance[]> => {
              if (typeof answer === 'string') throw new ProviderError('vast', answer, 'no list');
              // A function that died before its first write has seen nothing that anybody could know.
              for (let index = 0; writesUntilCrash > 0 && index < FLEET; index += 1)
                lackedInARow[index] = answer.includes(index) ? 0 : (lackedInARow[index] ?? 0) + 1;
              return answer.map((index) => makeInstance(String(index)));
            };
            await reconcileProvider(
              {
                provider: { key: 'vast', listInstances },
                nodes: { ...nodes, end: write(nodes.end), recordBinding: write(nodes.recordBinding) },
                instances: {
                  ...instances,
                  put: write(instances.put),
                  addSegment: write(instances.addSegment),
                },
                states: { get: states.get, put: write(states.put) },
                publisher: createMemoryPublisher('drover'),
                audit: createMemoryAuditStore(),
                clock,
                actor: 'test',
              },
              RECONCILE_POLICY,
            ).catch(() => {});
            for (let index = 0; index < FLEET; index += 1) {
              const node = await nodes.get(nodeIdOf(index));
              if (node?.lifecycle === 'lost' && node.endedAt === clock.now().toISOString())
                expect(lackedInARow[index]).toBeGreaterThanOrEqual(2);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
