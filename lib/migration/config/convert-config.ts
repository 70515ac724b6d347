import { readYaml } from '../../config/read-yaml.ts';
import { PermanentError } from '../../errors.ts';
import { clusterRules } from './cluster-rules.ts';
import { type AgentSettings, Draft } from './draft.ts';
import { type Conversion, finishConversion } from './finish-conversion.ts';
import { NO_ADAPTER } from './idle-rules.ts';
import { loopRules, readCampaigns } from './loop-rules.ts';
import { type OldHost, readHosts } from './old-hosts.ts';
import { type OldPolicy, policyOf, policyRules, readPolicies } from './policy-rules.ts';
import { applyRules, isMapping, type Rule } from './rules.ts';

interface OldFile {
  /** As messages call it. */
  readonly name: string;
  readonly text: string;
}

type Kind = 'hosts' | 'policies' | 'loop';

const RULES: Readonly<Record<Kind, readonly Rule[]>> = {
  hosts: clusterRules,
  policies: policyRules,
  loop: loopRules,
};

/** By its name, else by what it begins with. */
const kindOf = (name: string, value: unknown): Kind => {
  const base = name.split(/[/\\]/).at(-1) ?? name;
  const keys = isMapping(value) ? Object.keys(value) : [];
  if (/hosts/i.test(base) || keys.includes('hosts')) return 'hosts';
  if (/policies/i.test(base) || keys.includes('policies')) return 'policies';
  if (/loop/i.test(base) || keys.includes('queue_populator')) return 'loop';
  throw new PermanentError(
    `${name} is none of the old files: name it distributed_hosts.yaml, node_policies.yaml or unified_loop.yaml`,
  );
};

const sectionOf = (value: unknown, name: string): Readonly<Record<string, unknown>> => {
  const section = isMapping(value) ? value[name] : undefined;
  return isMapping(section) ? section : {};
};

/** Roles that were never work of a node: losing one was a disaster. */
const KEPT_ROLES: readonly string[] = ['coordinator', 'proxy'];

/** The label by which a node finds its policy, for policies of Drover know nothing of names of hosts. */
const policyLabel = (policy: OldPolicy | undefined, deny: readonly string[]): string | undefined => {
  const parts = [...(policy === undefined ? [] : [policy.name]), ...deny.map((type) => `no-${type}`)];
  return parts.length === 0 ? undefined : parts.join('.');
};

const addHosts = (
  hosts: readonly OldHost[],
  policies: readonly OldPolicy[],
  source: string,
  draft: Draft,
): void => {
  const nodePolicies = new Map<string, { match: string[]; allow?: string[]; deny?: string[] }>();
  for (const { host, provider, instanceId, role, region, trains, ephemeral, deny, dataPaths } of hosts) {
    const policy = policyOf(host, policies);
    const label = policyLabel(policy, deny);
    const denied = [...new Set([...(policy?.deny ?? []), ...deny])].sort();
    if (label !== undefined)
      nodePolicies.set(label, {
        match: [`policy=${label}`],
        ...(policy === undefined || policy.allow.length === 0 ? {} : { allow: [...policy.allow] }),
        ...(denied.length === 0 ? {} : { deny: denied }),
      });
    const agent: AgentSettings = {
      host,
      provider: provider.provider,
      ...(instanceId === undefined ? {} : { instanceId }),
      ...(role === undefined ? {} : { role }),
      labels: {
        host,
        ...(region === undefined ? {} : { region }),
        ...(label === undefined ? {} : { policy: label }),
      },
      trains,
      ephemeral,
      dataPaths,
    };
    draft.agents.push(agent);
    if (!provider.known) draft.leave('hosts.*', source, 'changed', NO_ADAPTER);
    if (role !== undefined && KEPT_ROLES.includes(role))
      draft.set(['idle', 'roles', role], { exempt: true }, source);
  }
  if (nodePolicies.size > 0) draft.set(['work', 'nodePolicies'], [...nodePolicies.values()], source);
};

/** Policies without hosts match nothing by themselves: their patterns were names of hosts. */
const addUnusedPolicies = (
  policies: readonly OldPolicy[],
  hosts: readonly OldHost[],
  source: string,
  draft: Draft,
): void => {
  const used = new Set(hosts.map(({ host }) => policyOf(host, policies)?.name));
  for (const { name } of policies)
    if (!used.has(name))
      draft.leave(
        `policies.${name}`,
        source,
        'no-equivalent',
        'it fits no host in use: patterns of names of hosts have no equivalent',
      );
};

/**
 * Converts the old files, all of them or nothing.
 * @throws ConfigError that names everything that is wrong, each with file, line and column
 */
const convertConfig = (files: readonly OldFile[]): Conversion => {
  const draft = new Draft();
  const values = new Map<Kind, { name: string; value: unknown }>();
  for (const file of files) {
    const reading = readYaml(file.text);
    const value = 'problems' in reading ? undefined : reading.value;
    const kind = kindOf(file.name, value);
    const other = values.get(kind);
    if (other !== undefined)
      throw new PermanentError(`${file.name} and ${other.name} are of one kind: give one of them`);
    values.set(kind, { name: file.name, value });
    applyRules(file, RULES[kind], draft);
  }
  const hosts = readHosts(sectionOf(values.get('hosts')?.value, 'hosts'));
  const policies = readPolicies(sectionOf(values.get('policies')?.value, 'policies'));
  addHosts(hosts, policies, values.get('hosts')?.name ?? '', draft);
  addUnusedPolicies(policies, hosts, values.get('policies')?.name ?? '', draft);
  const loop = values.get('loop');
  const work = readCampaigns(
    sectionOf(loop?.value, 'queue_populator'),
    sectionOf(loop?.value, 'curriculum_weights'),
  );
  for (const [name, section] of Object.entries(work ?? {}))
    draft.set(['work', name], section, loop?.name ?? '');
  return finishConversion(draft, files.map(({ name }) => name).join(', '));
};

export type { OldFile };
export { convertConfig };
