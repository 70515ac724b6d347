import { nearNames } from '../../near-names.ts';
import { Draft, isSecretName, type Leftover, SECRET_WHY } from './draft.ts';
import { type Conversion, finishConversion } from './finish-conversion.ts';
import { IDLE_PROVIDERS, idleRules, NO_ADAPTER } from './idle-rules.ts';
import { processVariables, readVariables, type Variable } from './read-variables.ts';

/** All variables of the old system began with one of these; those of the idle daemons with their provider. */
const PREFIX = 'RINGRIFT_';
const PROVIDERS = Object.keys(IDLE_PROVIDERS).map((provider) => provider.toUpperCase());
const IDLE_VARIABLE = new RegExp(`^(${PROVIDERS.join('|')})_(\\w+)$`);
const IDLE_NAMES = PROVIDERS.flatMap((provider) =>
  idleRules.map(({ variable }) => `${provider}_${variable}`),
);

type Left = readonly [pattern: RegExp, kind: Leftover['kind'], why: string];

/** Variables that have no equivalent, by what they steered. The first that fits counts. */
const left: readonly Left[] = [
  [
    /^LAMBDA_(IDLE_|MIN_NODES)/,
    'no-equivalent',
    'the last daemon did not read it any more: it read LAMBDA_… without this prefix',
  ],
  [
    /^(AUTO|CLUSTER|MIN)_SYNC_|^SYNC_|^BROADCAST_/,
    'no-equivalent',
    'how data leaves nodes stands in the section `sync` of fleet.yaml: batchSeconds, bandwidthBytesPerSecond',
  ],
  [
    /^REPLICATION_/,
    'no-equivalent',
    'how many copies there are stands in the section `replication` of fleet.yaml: targetNodeCopies',
  ],
  [
    /^(MODEL_)?DIST_WORKERS$/,
    'no-equivalent',
    'agents download by themselves; how many at once is the --transfers of each',
  ],
  [
    /^S3_|_S3_/,
    'no-equivalent',
    'the store is a bucket of the stack; agents get short-lived credentials for it',
  ],
  [/^IS_COORDINATOR$/, 'no-equivalent', 'there is no coordinator: every node is told by the control plane'],
  [
    /^EVENT_VALIDATION_STRICT$/,
    'no-equivalent',
    'an event that is not in the catalogue is always refused, into a dead-letter queue',
  ],
  [/^EVENT_HANDLER_TIMEOUT$/, 'no-equivalent', 'every consumer is a function with a queue of its own'],
  [
    /^(P2P|SSH|PROVIDER|UTILIZATION)_CHECK_INTERVAL$|^HEALTH_|_CACHE_TTL$|^MAX_HEALTH_CHECKS$|^MIN_HEALTHY_HOSTS$/,
    'no-equivalent',
    'nobody probes a node: it reports, and is judged once a minute by the section `health`',
  ],
  [
    /^(MIN|MAX)_NODES$|^SCALE_|^TERMINATION_|^MIN_IDLE_BEFORE_|^AUTOSCALE_/,
    'no-equivalent',
    'Drover never launches instances; what ends them stands in the section `idle`',
  ],
];

const applyIdle = (variable: Variable, provider: string, name: string, draft: Draft): boolean => {
  const rule = idleRules.find((candidate) => candidate.variable === name);
  if (rule === undefined) return false;
  const { source } = variable;
  const leave = (why: string, kind: Leftover['kind'] = 'no-equivalent'): void =>
    draft.leave(variable.name, source, kind, why);
  const target = IDLE_PROVIDERS[provider.toLowerCase()];
  if (target === undefined) leave(NO_ADAPTER);
  else {
    const parsed = rule.type.safeParse(variable.value);
    if (parsed.success) rule.convert(parsed.data, target, { names: [], source, draft, leave });
    else draft.problem(source, `${variable.name}: ${parsed.error.issues[0]?.message ?? 'not understood'}`);
  }
  return true;
};

const applyVariable = (variable: Variable, isFromFile: boolean, draft: Draft): void => {
  const { name, source, value } = variable;
  const [, provider = '', setting = ''] = IDLE_VARIABLE.exec(name) ?? [];
  const isOld = name.startsWith(PREFIX) || provider !== '';
  // The environment of a process is full of others' variables.
  if (!isOld && !isFromFile) return;
  if (isSecretName(name)) draft.leave(name, source, 'secret', SECRET_WHY);
  else if (value === '') draft.leave(name, source, 'no-equivalent', 'it is empty, so the old default held');
  else if (provider !== '' && applyIdle(variable, provider, setting, draft)) return;
  else {
    const rest = name.slice(PREFIX.length);
    const known = name.startsWith(PREFIX) ? left.find(([pattern]) => pattern.test(rest)) : undefined;
    const [near] = nearNames(name, IDLE_NAMES);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    draft.leave(
      name,
      source,
      known?.[1] ?? 'unknown',
      known?.[2] ?? `Drover does not know this variable${hint}`,
    );
  }
};

/**
 * Converts the variables of the old daemons, all of them or nothing.
 * @param from a file of variables, or the environment of a process, of which only what is the old daemons' counts
 * @throws ConfigError that names everything that is wrong
 */
const convertEnv = (
  from:
    | { readonly file: string; readonly text: string }
    | { readonly environment: Readonly<Record<string, string | undefined>> },
): Conversion => {
  const draft = new Draft();
  const isFromFile = 'file' in from;
  const variables = isFromFile
    ? readVariables(from.text, from.file, draft)
    : processVariables(from.environment);
  for (const variable of variables) applyVariable(variable, isFromFile, draft);
  return finishConversion(draft, isFromFile ? from.file : 'the environment');
};

export { convertEnv };
