import { createHash } from 'node:crypto';
import { PermanentError } from '../errors.ts';
import { toTimestamp } from '../time.ts';
import { classOf } from './class-of.ts';
import { digestTemplate, type JobTemplate, type Parameters } from './job-template.ts';
import { resolveParameters } from './resolve-parameters.ts';
import type { WorkConfig } from './work-config.ts';
import type { WorkItem } from './work-item.ts';

/** What somebody wants to have done. */
interface WorkRequest {
  readonly template: string;
  readonly parameters: Parameters;
  readonly campaignId?: string;
  /** Default `normal`. */
  readonly lane?: WorkItem['lane'];
  /** Work that must succeed first. */
  readonly dependsOn?: readonly string[];
}

interface WorkOrigin {
  readonly workId: string;
  readonly createdBy: string;
  readonly now: Date;
}

const templateOf = ({ templates }: WorkConfig, name: string): JobTemplate => {
  const template = Object.hasOwn(templates, name) ? templates[name] : undefined;
  if (template !== undefined) return template;
  const known = Object.keys(templates);
  throw new PermanentError(
    `the applied fleet.yaml has no job template ${JSON.stringify(name)}: ${known.length === 0 ? 'it has none at all' : `it has ${known.join(', ')}`}; add it under work.templates, and run drover apply`,
  );
};

const checkCampaign = ({ campaigns }: WorkConfig, campaignId: string | undefined): void => {
  if (campaignId === undefined || Object.hasOwn(campaigns, campaignId)) return;
  throw new PermanentError(
    `the applied fleet.yaml has no campaign ${JSON.stringify(campaignId)}: add it under work.campaigns and run drover apply, or submit without a campaign`,
  );
};

/** Equal work has the same key: the same template with the same values for the same campaign. 24 hex digits. */
const duplicateKeyOf = (template: string, values: Parameters, campaignId: string | undefined): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        template,
        Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1)),
        campaignId ?? null,
      ]),
    )
    .digest('hex')
    .slice(0, 24);

/**
 * A work item from a request, checked against the configuration. It waits for what it depends on; `submitWork` looks whether that
 * ended already. Pure.
 * @throws PermanentError that says what is wrong, where, and how to set it right
 */
const makeWorkItem = (
  config: WorkConfig,
  request: WorkRequest,
  { workId, createdBy, now }: WorkOrigin,
): WorkItem => {
  const template = templateOf(config, request.template);
  checkCampaign(config, request.campaignId);
  const values = resolveParameters(template, request.parameters);
  const waitsFor = [...new Set(request.dependsOn ?? [])];
  if (waitsFor.includes(workId)) throw new PermanentError(`${workId} cannot depend on itself`);
  const { campaignId, lane = 'normal' } = request;
  return {
    workId,
    ...(campaignId === undefined ? {} : { campaignId }),
    jobType: template.jobType,
    template: request.template,
    // A template without a command is the node's own, which may differ from node to node.
    ...(template.command === undefined ? {} : { templateDigest: digestTemplate(template) }),
    parameters: values,
    requires: template.requires,
    evidence: template.evidence,
    class: classOf(template.requires),
    lane,
    status: waitsFor.length === 0 ? 'pending' : 'blocked',
    createdAt: toTimestamp(now),
    createdBy,
    availableAt: toTimestamp(now),
    duplicateKey: duplicateKeyOf(request.template, values, campaignId),
    waitsFor,
    attempts: 0,
    maxAttempts: template.maxAttempts,
    returns: 0,
    failures: [],
    avoid: {},
    revision: 0,
  };
};

export type { WorkOrigin, WorkRequest };
export { makeWorkItem };
