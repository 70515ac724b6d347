import type { Phase, SimInstance } from '../instance.ts';

const STATUS: Readonly<Record<Phase, string>> = {
  booting: 'booting',
  running: 'active',
  stopped: 'unhealthy',
  terminating: 'terminating',
  terminated: 'terminated',
  preempted: 'preempted',
  gone: 'terminated',
};

const ACTIONS = ['migrate', 'rebuild', 'restart', 'cold_reboot', 'terminate'];
const MICRO_USD_PER_CENT = 10_000;

const actionsOf = (phase: Phase): Record<string, unknown> => {
  const available = { available: true };
  const refused = (reason_code: string): unknown => ({ available: false, reason_code });
  return Object.fromEntries(
    ACTIONS.map((action) => {
      if (phase === 'running' || phase === 'stopped') return [action, available];
      if (phase === 'booting')
        return [action, action === 'terminate' ? available : refused('vm-has-not-launched')];
      return [action, refused('vm-is-terminating')];
    }),
  );
};

/** Said of these also where the type's name is silent. */
const MEMORY: Readonly<Record<string, string>> = {
  h100: '80 GB',
  a100: '40 GB',
  gh200: '96 GB',
  a10: '24 GB',
};

/** `gpu_8x_a100_80gb_sxm4` → `A100 (80 GB SXM4)`. */
const gpuDescription = (type: string): string => {
  const [, model = type, rest = ''] = /^gpu_\d+x_([a-z0-9]+)_?(.*)$/.exec(type) ?? [];
  const words = rest
    .split('_')
    .filter(Boolean)
    .map((word) => word.toUpperCase().replace(/^(\d+)GB$/, '$1 GB'));
  const memory = MEMORY[model];
  const parts =
    memory === undefined || words.some((word) => word.endsWith('GB')) ? words : [memory, ...words];
  return parts.length === 0 ? model.toUpperCase() : `${model.toUpperCase()} (${parts.join(' ')})`;
};

/** One instance as `GET /instances` shows it. Its Jupyter token is a secret, as it is with the real one. */
const lambdaInstance = (instance: SimInstance): Record<string, unknown> => {
  const { id, name, phase, offer, address } = instance;
  const description = gpuDescription(offer.type);
  const isUp = phase !== 'booting';
  return {
    id,
    name,
    ...(isUp && { ip: address, private_ip: '10.19.4.8' }),
    status: STATUS[phase],
    ssh_key_names: ['ops'],
    file_system_names: [],
    region: { name: offer.region, description: offer.region },
    instance_type: {
      name: offer.type,
      description: `${offer.gpuCount}x ${description}`,
      gpu_description: description,
      price_cents_per_hour: Math.round(offer.microUsdPerHour / MICRO_USD_PER_CENT),
      specs: {
        vcpus: 26 * offer.gpuCount,
        memory_gib: 225 * offer.gpuCount,
        storage_gib: offer.diskGigabytes,
        gpus: offer.gpuCount,
      },
    },
    ...(isUp && {
      hostname: `host-${id.slice(0, 8)}`,
      jupyter_token: `secret-${id}`,
      jupyter_url: `https://jupyter-${id}.example/?token=secret-${id}`,
    }),
    actions: actionsOf(phase),
    tags: [{ key: 'owner', value: 'ml-platform' }],
    ...instance.answerFields,
  };
};

export { lambdaInstance };
