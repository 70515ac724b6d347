import * as z from 'zod';
import { FUNCTIONS } from '../constants.ts';
import { nodeIdSchema } from '../ids.ts';
import { define } from './define-event.ts';

/** An instance, in its provider's words. */
const instanceFields = { provider: z.string(), instanceId: z.string() };

/** What the listings of providers, and what they cost, give occasion to say. */
const providerEvents = {
  NodeLost: define({
    description: 'Two complete listings of the provider lack the instance of a node: the node is lost.',
    producers: [FUNCTIONS.reconcileInstances],
    consumers: 'audit-only',
    fields: z.object({
      ...instanceFields,
      nodeId: nodeIdSchema,
      reason: z.string(),
      heartbeatAt: z.string().optional(),
    }),
  }),
  NodePreempted: define({
    description: 'The provider says that it took the instance of a node away: the node is lost.',
    producers: [FUNCTIONS.reconcileInstances],
    consumers: 'audit-only',
    fields: z.object({ ...instanceFields, nodeId: nodeIdSchema, heartbeatAt: z.string().optional() }),
  }),
  NodeUnmanaged: define({
    description:
      'An instance that costs money has had no agent for longer than a boot takes. Nothing is done to it.',
    producers: [FUNCTIONS.reconcileInstances],
    consumers: 'audit-only',
    fields: z.object({
      ...instanceFields,
      status: z.string(),
      name: z.string().optional(),
      withoutNodeSince: z.string(),
      /** Absent = the provider does not say. */
      microUsdPerHour: z.int().nonnegative().optional(),
    }),
  }),
  ProviderListingStale: define({
    description:
      'A provider has not been listed in full for more than five minutes: nothing is acted on there, and what is shown is old.',
    producers: [FUNCTIONS.reconcileInstances],
    consumers: [FUNCTIONS.recordOutcomes],
    fields: z.object({
      provider: z.string(),
      kind: z.string(),
      message: z.string(),
      failingSince: z.string(),
      listedAt: z.string().optional(),
    }),
  }),
  ProviderListingSuspect: define({
    description:
      'A listing lost too many instances at once and is held back until the next two lose as many.',
    producers: [FUNCTIONS.reconcileInstances],
    consumers: 'audit-only',
    fields: z.object({
      provider: z.string(),
      missing: z.int().positive(),
      known: z.int().positive(),
      since: z.string(),
    }),
  }),
  BudgetReached: define({
    description:
      'Spend reached a step of a budget: warn, pause (no new work is made) or stop (no new lease). Nothing is ever killed for it.',
    producers: [FUNCTIONS.reconcileInstances],
    consumers: 'audit-only',
    fields: z.object({
      /** `fleet` or `provider:<key>`. */
      scope: z.string(),
      /** `2026-11-23` or `2026-11`. */
      period: z.string(),
      level: z.enum(['warn', 'pause', 'stop']),
      spentMicroUsd: z.int().nonnegative(),
      limitMicroUsd: z.int().positive(),
      /** Instances whose price is not known: the sum is lower than the bill. */
      unpricedCount: z.int().nonnegative(),
    }),
  }),
} as const;

export { providerEvents };
