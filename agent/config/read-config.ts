import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import * as z from 'zod';
import { artifactKindSchema, labelsSchema } from '../../lib/artifacts/artifact.ts';
import { MINIMUM_MODEL_BYTES } from '../../lib/artifacts/check-model.ts';
import { PermanentError } from '../../lib/errors.ts';
import { providerSchema } from '../../lib/nodes/node.ts';
import { describeError } from '../log.ts';
import { flagName, options, variableName } from './options.ts';
import { readOwnTemplates } from './read-own-templates.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

const enrolmentUrlSchema = z
  .url()
  .transform((text) => new URL(text))
  .refine(
    (url) => url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname)),
    'must be https (http only on this machine): secrets travel over it',
  )
  .transform((url) => url.href.replace(/\/+$/, ''));

const switchSchema = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0', ''])])
  .transform((value) => value === true || value === 'true' || value === '1');
const wholeNumberFrom = (from: 0 | 1) => {
  const error = `must be a whole number, at least ${from}`;
  return z.coerce.number({ error }).int({ error }).min(from, { error });
};
const countSchema = wholeNumberFrom(1);
const aboveZero = { error: 'must be a number of seconds above 0' };
const secondsSchema = z.coerce.number(aboveZero).positive(aboveZero);

const listSchema = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value),
  z.array(artifactKindSchema),
);

const pairsSchema = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? Object.fromEntries(
          value.split(',').map((pair) => {
            const cut = pair.indexOf('=');
            return cut < 0 ? [pair.trim(), ''] : [pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()];
          }),
        )
      : value,
  labelsSchema,
);

const pathsSchema = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(':').filter((part) => part !== '') : value),
  z.array(z.string().startsWith('/', 'must be absolute paths, separated by colons')),
);

const argumentVectorError = {
  error: 'must be a JSON array of words, such as ["/usr/local/bin/probe","--now"]',
};
const wordSchema = z.string().regex(/^[^\0]*$/, 'must hold no zero byte');
/** Run as it is, without a shell: what a word holds is never read as another command. */
const argumentVectorSchema = z.preprocess(
  (value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      return undefined;
    }
  },
  z.tuple([wordSchema.min(1)], wordSchema, argumentVectorError),
);

const ownTemplatesSchema = z
  .string()
  .min(1)
  .transform((path, context) => {
    try {
      return readOwnTemplates(path);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    }
  });

/** What docker and most init systems give; 15 s is the least that Vast gives. */
const NOTICE_SECONDS = { ephemeral: 15, persistent: 10 } as const;

const settingsSchema = z.strictObject({
  enrolmentUrl: enrolmentUrlSchema,
  joinToken: z.string().min(1).max(512).optional(),
  data: z.string().min(1),
  provider: providerSchema.default('static'),
  instanceId: z.string().min(1).max(256),
  role: z.string().min(1).max(64).optional(),
  labels: pairsSchema.optional(),
  acceptsKinds: listSchema.optional(),
  trains: switchSchema.default(false),
  ephemeral: switchSchema.default(false),
  noticeSeconds: secondsSchema.min(5, 'must be at least 5').optional(),
  gpuCount: wholeNumberFrom(0).optional(),
  gpuMemoryBytes: countSchema.optional(),
  slots: wholeNumberFrom(0).default(1),
  jobTemplates: ownTemplatesSchema.optional(),
  ownTemplatesOnly: switchSchema.default(false),
  transfers: countSchema.default(2),
  bandwidthBytesPerSecond: countSchema.optional(),
  minimumModelBytes: wholeNumberFrom(0).default(MINIMUM_MODEL_BYTES),
  heartbeatSeconds: secondsSchema.optional(),
  inventorySeconds: secondsSchema.default(600),
  scrubDays: z.coerce.number().positive('must be a number of days above 0').default(30),
  stallSeconds: secondsSchema.default(60),
  dataPaths: pathsSchema.optional(),
  idleProbe: argumentVectorSchema.optional(),
  probeSeconds: secondsSchema.max(60, 'must be at most 60').default(10),
  preStopHook: argumentVectorSchema.optional(),
  preStopSeconds: secondsSchema.default(60),
  proc: z.string().min(1).default('/proc'),
  cgroup: z.string().min(1).default('/sys/fs/cgroup'),
  bootId: z.string().min(1).max(128).optional(),
  exitWithStdin: switchSchema.default(false),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});
const configSchema = settingsSchema.transform((settings) => ({
  ...settings,
  noticeSeconds:
    settings.noticeSeconds ?? (settings.ephemeral ? NOTICE_SECONDS.ephemeral : NOTICE_SECONDS.persistent),
}));
type Config = z.infer<typeof configSchema>;

type Wanted =
  | { readonly action: 'run'; readonly config: Config }
  | { readonly action: 'help' }
  | { readonly action: 'version' };

/** One line that ends with a full stop, whatever Node wrote. */
const asSentence = (text: string): string => `${text.replaceAll(/\s*\n\s*/g, ' ').replace(/\.$/, '')}.`;

const parseFlags = (argv: readonly string[]): Record<string, string | boolean | undefined> => {
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        config: { type: 'string' },
        ...Object.fromEntries(
          options.map((option) => [
            flagName(option.key),
            { type: option.kind === 'switch' ? ('boolean' as const) : ('string' as const) },
          ]),
        ),
      },
    });
    return Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, typeof value === 'object' ? undefined : value]),
    );
  } catch (error) {
    throw new PermanentError(`${asSentence(describeError(error))} See --help.`, { cause: error });
  }
};

const readConfigFile = (path: string): Record<string, unknown> => {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    throw new PermanentError(`cannot read the configuration file ${path}: it must be a JSON object`, {
      cause: error,
    });
  }
};

/** The id under which the provider bills this machine, as its own variables say it. */
const defaultInstanceId = (provider: unknown, environment: NodeJS.ProcessEnv): string | undefined => {
  switch (provider) {
    case 'vast':
      return environment['CONTAINER_ID'];
    case 'runpod':
      return environment['RUNPOD_POD_ID'];
    case undefined:
    case 'static':
      return hostname();
    default:
      return undefined;
  }
};

const howToSay = (key: string): string => `--${flagName(key)} (or ${variableName(key)})`;

/**
 * What the command line, the environment and the file ask for, in this order of weight.
 * @throws PermanentError with one line that names the option
 */
const readConfig = (argv: readonly string[], environment: NodeJS.ProcessEnv): Wanted => {
  const flags = parseFlags(argv);
  if (flags['help'] === true) return { action: 'help' };
  if (flags['version'] === true) return { action: 'version' };
  const configPath = flags['config'] ?? environment['DROVER_CONFIG'];
  const merged: Record<string, unknown> = typeof configPath === 'string' ? readConfigFile(configPath) : {};
  for (const { key } of options) {
    const value = flags[flagName(key)] ?? environment[variableName(key)];
    if (value !== undefined) merged[key] = value;
  }
  merged['instanceId'] ??= defaultInstanceId(merged['provider'], environment);
  const parsed = configSchema.safeParse(merged);
  if (parsed.success) return { action: 'run', config: parsed.data };
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? '');
  const problem =
    key !== '' && merged[key] === undefined ? ' is needed' : `: ${issue?.message ?? 'is not valid'}`;
  throw new PermanentError(
    key === ''
      ? `the configuration file: ${issue?.message}. See --help.`
      : asSentence(`${howToSay(key)}${problem}`).concat(' See --help.'),
    { cause: parsed.error },
  );
};

export type { Config };
export { readConfig };
