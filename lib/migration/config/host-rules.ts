import * as z from 'zod';
import { INACTIVE_STATUSES, isDataPath } from './old-hosts.ts';
import { leave, type Rule, take } from './rules.ts';

const NOBODY_CONNECTS = 'nobody connects to a node: its agent polls its own queue, behind any NAT';
const MEASURED = 'the agent measures it';

const text = z.string().min(1);
/** Read by `readHosts`, which sees all of a host at once; here only the shape is held. */
const shape = (name: string, schema: z.ZodType): Rule => take(`hosts.*.${name}`, schema, () => {});

const pathsSchema = z.union(
  [z.array(text), z.record(z.string(), text)],
  'write a list or a mapping of paths',
);

const statusSchema = z.enum(['ready', 'active', 'proxy_only', ...INACTIVE_STATUSES]);

/** What a host of `distributed_hosts.yaml` can say. */
const hostRules: readonly Rule[] = [
  ...[
    'ssh_host',
    'ssh_port',
    'ssh_user',
    'tailscale_ip',
    'tailscale_ipv6',
    'p2p_enabled',
    'nat_blocked',
    'force_relay_mode',
    'relay_primary',
    'relay_secondary',
    'relay_capable',
    'data_server_port',
  ].map((name) => leave(`hosts.*.${name}`, NOBODY_CONNECTS)),
  ...['memory_gb', 'cpus', 'gpu', 'gpu_vram_gb', 'cuda_capable'].map((name) =>
    leave(`hosts.*.${name}`, MEASURED),
  ),
  ...['ringrift_path', 'venv_activate'].map((name) =>
    leave(
      `hosts.*.${name}`,
      'where programs lie on a node is a matter of its job templates: `work.templates.<name>.command`',
    ),
  ),
  leave(
    'hosts.*.bandwidth_mbps',
    'it was read as megabytes here and megabits there: give the agent --bandwidth-bytes-per-second',
  ),
  leave('hosts.*.use_external_storage', 'where an agent keeps its data is its own --data'),
  leave('hosts.*.skip_sync_receive', 'a node takes the kinds that its agent names with --accepts-kinds'),
  leave('hosts.*.preferred_workloads', 'a node takes what fits it; there is no preference among those'),
  shape('provider', text),
  shape('role', text),
  shape('region', text),
  shape('instance_id', z.union([text, z.int()])),
  shape('vast_instance_id', z.union([text, z.int()])),
  shape('runpod_pod_id', text),
  shape('lambda_instance_id', text),
  shape('is_ephemeral', z.boolean()),
  shape('training_enabled', z.boolean()),
  shape('selfplay_enabled', z.boolean()),
  shape('excluded_workloads', z.array(text)),
  take('hosts.*.storage_paths', pathsSchema, (paths, place) => {
    if (Object.values(paths).some((path) => !isDataPath(path)))
      place.leave(
        'an agent takes absolute paths without a colon: give it the others with --data-paths',
        'changed',
      );
  }),
  take('hosts.*.status', statusSchema, (status, { leave: leaveOut }) => {
    if (status === 'proxy_only') leaveOut('a proxy needs no agent: nobody connects to nodes through it');
    else if (status !== 'ready' && status !== 'active')
      leaveOut('the host is not in use: nothing is made of it');
  }),
];

export { hostRules };
