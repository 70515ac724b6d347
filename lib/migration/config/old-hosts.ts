import * as z from 'zod';
import { providerOf } from './old-providers.ts';

const INACTIVE_STATUSES = ['inactive', 'terminated', 'offline', 'setup', 'retired', 'archived'] as const;

const idSchema = z.union([z.string(), z.int()]).transform(String).optional().catch(undefined);
/** Lenient: what is wrong with a host is told by `hostRules`. */
const hostSchema = z.object({
  provider: z.string().optional().catch(undefined),
  role: z.string().optional().catch(undefined),
  region: z.string().optional().catch(undefined),
  status: z.string().default('ready').catch('ready'),
  instance_id: idSchema,
  vast_instance_id: idSchema,
  runpod_pod_id: idSchema,
  lambda_instance_id: idSchema,
  is_ephemeral: z.boolean().optional().catch(undefined),
  training_enabled: z.boolean().optional().catch(undefined),
  selfplay_enabled: z.boolean().optional().catch(undefined),
  excluded_workloads: z.array(z.string()).default([]).catch([]),
  storage_paths: z
    .union([z.array(z.string()), z.record(z.string(), z.string()).transform((paths) => Object.values(paths))])
    .default([])
    .catch([]),
});

/** What `--data-paths` takes: absolute paths, with colons between them. */
const isDataPath = (path: string): boolean => /^\/[^:]*$/.test(path);

/** One host that is in use, in Drover's words. */
interface OldHost {
  readonly host: string;
  readonly provider: ReturnType<typeof providerOf>;
  readonly providerName: string;
  readonly instanceId?: string;
  readonly role?: string;
  readonly region?: string;
  readonly trains: boolean;
  readonly ephemeral: boolean;
  /** Kinds of work that it must not get, sorted. */
  readonly deny: readonly string[];
  readonly dataPaths: readonly string[];
}

const TRAINING_ROLE = /training/;

/** The hosts of a file that are in use, in the order of the file. */
const readHosts = (hosts: Readonly<Record<string, unknown>>): OldHost[] =>
  Object.entries(hosts).flatMap(([host, written]) => {
    const parsed = hostSchema.safeParse(written);
    if (!parsed.success) return [];
    const { role, region, status, training_enabled, selfplay_enabled, ...rest } = parsed.data;
    if (status !== 'ready' && status !== 'active') return [];
    const providerName = rest.provider ?? host;
    const provider = providerOf(providerName);
    const instanceId =
      rest.instance_id ?? rest.vast_instance_id ?? rest.runpod_pod_id ?? rest.lambda_instance_id;
    const deny = new Set(rest.excluded_workloads);
    if (training_enabled === false) deny.add('training');
    if (selfplay_enabled === false) deny.add('selfplay');
    return {
      host,
      provider,
      providerName,
      ...(instanceId === undefined ? {} : { instanceId }),
      ...(role === undefined ? {} : { role }),
      ...(region === undefined ? {} : { region }),
      trains: training_enabled ?? (role !== undefined && TRAINING_ROLE.test(role)),
      ephemeral: rest.is_ephemeral ?? provider.ephemeral,
      deny: [...deny].sort(),
      dataPaths: rest.storage_paths.filter(isDataPath),
    };
  });

export type { OldHost };
export { INACTIVE_STATUSES, isDataPath, readHosts };
