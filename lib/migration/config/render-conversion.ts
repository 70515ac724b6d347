import { stringify } from 'yaml';
import { MAX_CONFIG_BYTES } from '../../config/fleet-config.ts';
import type { AgentSettings, Leftover } from './draft.ts';
import type { Conversion } from './finish-conversion.ts';

const PLAIN = /^[A-Za-z0-9_.,:=/@%+-]+$/;
/** As a shell reads it, on one line whatever it holds. */
const quote = (word: string): string =>
  PLAIN.test(word) ? word : `'${word.replaceAll(/[\p{Cc}]/gu, ' ').replaceAll("'", "'\\''")}'`;

/** The options with which the agent of a host is started. */
const agentOptions = (agent: AgentSettings): string[] => [
  '--provider',
  agent.provider,
  ...(agent.instanceId === undefined ? [] : ['--instance-id', agent.instanceId]),
  ...(agent.role === undefined ? [] : ['--role', agent.role]),
  '--labels',
  Object.entries(agent.labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(','),
  ...(agent.trains ? ['--trains'] : []),
  ...(agent.ephemeral ? ['--ephemeral'] : []),
  ...(agent.dataPaths.length === 0 ? [] : ['--data-paths', agent.dataPaths.join(':')]),
];

/** fleet.yaml has a limit, and comments count. */
const MAX_AGENT_BYTES = MAX_CONFIG_BYTES / 2;

const agentComments = (agents: readonly AgentSettings[]): string[] => {
  if (agents.length === 0) return [];
  const lines = agents.map((agent) => `#   ${agentOptions(agent).map(quote).join(' ')}`);
  const isTooLong = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) > MAX_AGENT_BYTES;
  return [
    '#',
    '# Nodes are not listed here: they enrol. Start the agent of each old host with these options, and a token of `drover nodes token`:',
    ...(isTooLong
      ? [`#   ${agents.length} hosts are too many for this file: \`--json\` has them all`]
      : lines),
  ];
};

/** fleet.yaml: the same input makes the same bytes. */
const renderFleetYaml = ({ fleet, agents }: Conversion, madeFrom: string): string =>
  [
    `# Made from ${madeFrom.replaceAll(/[\p{Cc}]/gu, ' ')}. Look through it, then: drover apply fleet.yaml`,
    ...agentComments(agents),
    '',
    Object.keys(fleet).length === 0
      ? '{}\n'
      : stringify(fleet, { lineWidth: 0, aliasDuplicateObjects: false }),
  ].join('\n');

const TITLES: Readonly<Record<Leftover['kind'], string>> = {
  secret: 'Secrets, not copied',
  unknown: 'Not known',
  'no-equivalent': 'Without an equivalent',
  changed: 'Converted, and different',
};
const KINDS = ['unknown', 'secret', 'changed', 'no-equivalent'] as const;

/** Everything that fleet.yaml does not say, and why. */
const renderLeftovers = (leftovers: readonly Leftover[]): string =>
  KINDS.flatMap((kind) => {
    const group = leftovers.filter((leftover) => leftover.kind === kind);
    if (group.length === 0) return [];
    const lines = group.map(
      ({ key, source, times, why }) => `  ${source} ${key}${times === 1 ? '' : ` (${times} times)`}: ${why}`,
    );
    return [`${TITLES[kind]}:`, ...lines];
  }).join('\n');

export { renderFleetYaml, renderLeftovers };
