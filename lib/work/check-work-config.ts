import { nearNames } from '../near-names.ts';
import type { JobTemplate } from './job-template.ts';
import { declarationProblem, findParameterProblems } from './parameter-problems.ts';
import { resolveWorkPolicy } from './work-policy.ts';
import type { CampaignConfig, MixEntry, NodePolicy, WorkConfig } from './work-settings.ts';

/** What one place of the section says against another. */
interface WorkConfigProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Shares written with two digits, such as three times 0.33, are meant as a whole. */
const SHARE_TOLERANCE = 0.011;

const at = (path: WorkConfigProblem['path'], message: string | undefined): WorkConfigProblem[] =>
  message === undefined ? [] : [{ path, message }];

const bounds = (
  path: WorkConfigProblem['path'],
  minimum: number | undefined,
  maximum: number | undefined,
): WorkConfigProblem[] =>
  minimum !== undefined && maximum !== undefined && minimum > maximum
    ? at([...path, 'minimum'], `minimum (${minimum}) is above maximum (${maximum})`)
    : [];

/** `{name}` in an argument stands for a parameter. */
const unknownPlaceholders = (text: string, { parameters }: JobTemplate): string[] =>
  [...text.matchAll(/\{([A-Za-z][A-Za-z0-9_]*)\}/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !Object.hasOwn(parameters, name));

const checkTemplate = (name: string, template: JobTemplate): WorkConfigProblem[] => {
  const path = ['templates', name];
  const placeholders = (place: WorkConfigProblem['path'], text: string): WorkConfigProblem[] =>
    unknownPlaceholders(text, template).flatMap((unknown) =>
      at(
        [...path, ...place],
        `{${unknown}} stands for no parameter of the template: declare it under parameters`,
      ),
    );
  return [
    ...(template.command ?? []).flatMap((argument, index) => placeholders(['command', index], argument)),
    ...template.outputs.flatMap((output, index) => placeholders(['outputs', index, 'name'], output.name)),
    ...Object.entries(template.parameters).flatMap(([parameter, declared]) =>
      at([...path, 'parameters', parameter], declarationProblem(declared)),
    ),
  ];
};

const seedProblem = (
  { seed, parameters, template: name }: MixEntry,
  template: JobTemplate,
): string | undefined => {
  if (seed === undefined) return undefined;
  const declared = Object.hasOwn(template.parameters, seed) ? template.parameters[seed] : undefined;
  if (declared?.type !== 'integer') return `${seed} is no whole-number parameter of ${name}`;
  return Object.hasOwn(parameters, seed)
    ? `${seed} has a value in parameters, too: keep one of the two`
    : undefined;
};

const checkEntry = (
  path: WorkConfigProblem['path'],
  entry: MixEntry,
  templates: WorkConfig['templates'],
): WorkConfigProblem[] => {
  const template = Object.hasOwn(templates, entry.template) ? templates[entry.template] : undefined;
  if (template === undefined) {
    const near = nearNames(entry.template, Object.keys(templates));
    const hint = near.length === 0 ? 'write it under work.templates' : `did you mean ${near.join(' or ')}?`;
    return at([...path, 'template'], `there is no template ${entry.template}: ${hint}`);
  }
  const filled = entry.seed === undefined ? [] : [entry.seed];
  return [
    ...findParameterProblems(template.parameters, entry.parameters, filled).flatMap(({ name, message }) =>
      at([...path, 'parameters', ...(Object.hasOwn(entry.parameters, name) ? [name] : [])], message),
    ),
    ...at([...path, 'seed'], seedProblem(entry, template)),
    ...bounds(path, entry.minimum, entry.maximum),
  ];
};

const checkCampaign = (
  id: string,
  campaign: CampaignConfig,
  templates: WorkConfig['templates'],
): WorkConfigProblem[] => {
  const path = ['campaigns', id];
  const sum = campaign.mix.reduce((total, { share }) => total + share, 0);
  const twice = campaign.mix.findIndex(
    ({ template }, index) => campaign.mix.findIndex((other) => other.template === template) < index,
  );
  return [
    ...bounds(path, campaign.minimum, campaign.maximum),
    ...(Math.abs(sum - 1) > SHARE_TOLERANCE
      ? at([...path, 'mix'], `the shares sum to ${Number(sum.toFixed(3))}: they must sum to 1`)
      : []),
    ...(twice < 0
      ? []
      : at(
          [...path, 'mix', twice, 'template'],
          'this template stands twice in the mix: make one entry of the two',
        )),
    ...campaign.mix.flatMap((entry, index) => checkEntry([...path, 'mix', index], entry, templates)),
  ];
};

/** A policy that fits every node hides all that follow it; without one, a node that none fits runs everything. */
const reachablePolicies = (policies: readonly NodePolicy[]): readonly NodePolicy[] | undefined => {
  const last = policies.findIndex(({ match }) => match.some((glob) => /^\*+$/.test(glob)));
  return last < 0 ? undefined : policies.slice(0, last + 1);
};

/** Work of a type that no node may run would wait for ever. */
const checkAllowed = ({ templates, nodePolicies }: WorkConfig): WorkConfigProblem[] => {
  const policies = reachablePolicies(nodePolicies);
  if (policies === undefined) return [];
  return Object.entries(templates)
    .filter(
      ([, { jobType }]) =>
        !policies.some(({ allow, deny }) => !deny.includes(jobType) && (allow?.includes(jobType) ?? true)),
    )
    .flatMap(([name, { jobType }]) =>
      at(['templates', name, 'jobType'], `no node may run ${jobType}: let one of work.nodePolicies allow it`),
    );
};

/** Everything that the section says against itself; what a single value may be, its schema says. Pure. */
const checkWorkConfig = (config: WorkConfig): WorkConfigProblem[] => {
  const { minimumDepth, maximumDepth } = resolveWorkPolicy(config);
  return [
    ...Object.entries(config.templates).flatMap(([name, template]) => checkTemplate(name, template)),
    ...Object.entries(config.campaigns).flatMap(([id, campaign]) =>
      checkCampaign(id, campaign, config.templates),
    ),
    ...checkAllowed(config),
    ...(minimumDepth > maximumDepth
      ? at(['minimumDepth'], `minimumDepth (${minimumDepth}) is above maximumDepth (${maximumDepth})`)
      : []),
  ];
};

export type { WorkConfigProblem };
export { checkWorkConfig };
