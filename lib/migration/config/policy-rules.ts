import picomatch from 'picomatch';
import * as z from 'zod';
import { jobTypeSchema } from '../../work/job-template.ts';
import { leave, type Rule, take } from './rules.ts';

/** The old policies ranked work; here shares of campaigns do, and a policy only allows or denies. */
const NO_PRIORITIES = 'shares of campaigns decide what comes first, not priorities of a policy';

const typesSchema = z.array(jobTypeSchema);
const allowedSchema = z.union(
  [typesSchema, z.record(jobTypeSchema, z.number())],
  'write job types, or job types with a priority',
);
const patternsSchema = z.array(z.string().min(1)).min(1);

/** One policy of `node_policies.yaml`: the first whose pattern fits a host's name counts, else `default`. */
interface OldPolicy {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

const policySchema = z.object({
  patterns: patternsSchema.catch([]),
  allowed: allowedSchema.default([]).catch([]),
  denied: typesSchema.default([]).catch([]),
});

/** The policies in the order of the file; what is wrong with one is told by `policyRules`. */
const readPolicies = (policies: Readonly<Record<string, unknown>>): OldPolicy[] =>
  Object.entries(policies).flatMap(([name, written]) => {
    const parsed = policySchema.safeParse(written);
    if (!parsed.success) return [];
    const { patterns, allowed, denied } = parsed.data;
    return { name, patterns, allow: Array.isArray(allowed) ? allowed : Object.keys(allowed), deny: denied };
  });

/** Globs over names of hosts, in any case: as the old system matched. */
const policyOf = (host: string, policies: readonly OldPolicy[]): OldPolicy | undefined =>
  policies.find(({ patterns }) =>
    patterns.some((pattern) => picomatch.isMatch(host, pattern, { nocase: true })),
  ) ?? policies.find(({ name }) => name === 'default');

/** The shape of `node_policies.yaml`. */
const policyRules: readonly Rule[] = [
  take('policies.*.patterns', patternsSchema, () => {}),
  take('policies.*.denied', typesSchema, () => {}),
  take('policies.*.allowed', allowedSchema, (allowed, place) => {
    if (!Array.isArray(allowed)) place.leave(NO_PRIORITIES, 'changed');
  }),
  leave('policies.*.description', 'a comment'),
  leave('preemption_threshold', 'running work is never taken from a node for other work'),
];

export type { OldPolicy };
export { policyOf, policyRules, readPolicies };
