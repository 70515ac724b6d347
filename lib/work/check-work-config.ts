import { nearNames } from '../near-names.ts';
import type { JobTemplate } from './job-template.ts';
import { describeParameter, isAllowed, type Parameters } from './parameter.ts';
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

/** Everything that keeps these values from being a job's. */
const parameterProblems = (
  { parameters }: JobTemplate,
  given: Parameters,
  seed: string | undefined,
): [string | undefined, string][] => {
  const names = Object.keys(parameters);
  const takes = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
  const unknown = Object.keys(given)
    .filter((name) => !Object.hasOwn(parameters, name))
    .map((name): [string, string] => [name, `the template has no parameter ${name}: ${takes}`]);
  const wrong = Object.entries(parameters).flatMap(([name, parameter]): [string | undefined, string][] => {
    if (Object.hasOwn(given, name)) {
      const value = given[name];
      return value === undefined || isAllowed(parameter, value)
        ? []
        : [[name, `must be ${describeParameter(parameter)}, not ${JSON.stringify(value)}`]];
    }
    return parameter.default !== undefined || name === seed
      ? []
      : [[undefined, `${name} is needed: ${describeParameter(parameter)}`]];
  });
  return [...unknown, ...wrong];
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
  return [
    ...parameterProblems(template, entry.parameters, entry.seed).flatMap(([name, message]) =>
      at([...path, 'parameters', ...(name === undefined ? [] : [name])], message),
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
