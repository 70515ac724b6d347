/** The old files of a fleet of 40 hosts, with every kind of key that they can have. Written for these tests. */
const SECRET = 'hunter2-do-not-copy';

const hostText = (name: string, settings: readonly string[]): string =>
  [`  ${name}:`, ...settings.map((setting) => `    ${setting}`)].join('\n');

const remote = (index: number): string[] => [
  `ssh_host: 203.0.113.${index}`,
  'ssh_port: 22',
  'ssh_user: root',
  'ssh_key: ~/.ssh/id_cluster',
  `tailscale_ip: 100.64.0.${index}`,
  'ringrift_path: ~/ringrift/ai-service',
  'venv_activate: source venv/bin/activate',
  'nat_blocked: true',
];

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

const hosts: readonly string[] = [
  hostText('mac-studio', [
    'ssh_host: mac-studio.local',
    'role: coordinator',
    'status: ready',
    'memory_gb: 128',
    'use_external_storage: true',
    'storage_paths: { games: /Volumes/data/games, npz: /Volumes/data/npz }',
  ]),
  ...range(10).map((index) =>
    hostText(`lambda-gh200-${index}`, [
      ...remote(index),
      'gpu: "NVIDIA GH200"',
      'gpu_vram_gb: 96',
      `role: ${index === 1 ? 'gpu_training_primary' : 'gpu_training_selfplay'}`,
      'status: active',
      'training_enabled: true',
      `lambda_instance_id: "0920582c7ff041399e34823a0be6254${index % 10}"`,
      'region: us-east-1',
      'bandwidth_mbps: 100',
      'p2p_enabled: true',
    ]),
  ),
  ...range(12).map((index) =>
    hostText(`vast-${29_120_000 + index}`, [
      ...remote(20 + index),
      'gpu: RTX 4090',
      'role: gpu_selfplay',
      'status: ready',
      'is_ephemeral: true',
      `vast_instance_id: ${29_120_000 + index}`,
      ...(index % 4 === 0 ? ['training_enabled: false', 'excluded_workloads: [gpu_cmaes]'] : []),
    ]),
  ),
  ...range(8).map((index) =>
    hostText(`runpod-h100-${index}`, [
      ...remote(40 + index),
      'role: gpu_training_selfplay',
      'status: ready',
      `runpod_pod_id: pod${index}`,
      'selfplay_enabled: false',
      'skip_sync_receive: true',
    ]),
  ),
  ...range(3).map((index) =>
    hostText(`hetzner-cpu${index}`, [
      ...remote(60 + index),
      'role: cpu_selfplay',
      'status: ready',
      'cpus: 16',
      'cuda_capable: false',
      'relay_capable: true',
      'data_server_port: 8766',
      'preferred_workloads: [cpu_cmaes]',
    ]),
  ),
  ...range(2).map((index) =>
    hostText(`nebius-l40s-${index}`, [
      ...remote(70 + index),
      'provider: nebius',
      'role: gpu_selfplay',
      'status: ready',
    ]),
  ),
  ...range(3).map((index) => hostText(`vultr-old-${index}`, [...remote(80 + index), 'status: retired'])),
  hostText('aws-proxy', ['ssh_host: 198.51.100.9', 'role: proxy', 'status: proxy_only']),
];

const hostsYaml = `# The cluster. Never commit this file.
sync_routing:
  max_disk_usage_percent: 72
  target_disk_usage_percent: 60
  min_free_disk_percent: 15
  replication_target: 3
  excluded_hosts:
    - aws-proxy
    - { name: mac-studio, receive_games: true, reason: full }
  priority_hosts: [lambda-gh200-1]
  underserved_configs: [hexagonal_4p]
  allowed_external_storage:
    - { host: mac-studio, path: /Volumes/data, subdirs: { games: games } }
  s3:
    enabled: true
    bucket: old-bucket
    region: us-east-1
    secret_access_key: ${SECRET}
auto_sync:
  enabled: true
  interval_seconds: 60
  gossip_interval_seconds: 15
  exclude_hosts: []
  skip_nfs_sync: true
  max_concurrent_syncs: 1
  min_games_to_sync: 10
  bandwidth_limit_mbps: 100
  host_bandwidth_overrides: { "vast-*": 50 }
distribution:
  sync_interval_seconds: 5
  http_port: 8767
  verify_checksums: true
disk_management:
  rotating_pool: { quota_percent: 10, min_gb: 5 }
consolidation: { min_free_gb: 20 }
elo_sync: { interval_seconds: 300, divergence: 50 }
p2p_voters: [mac-studio, hetzner-cpu1]
protocols: { swim: false, raft_port: 4321 }
provider_timeouts:
  vast: { multiplier: 2.5, probe_seconds: 35, breaker_ttl_seconds: 600 }
  nebius: { multiplier: 1.5 }
idle_shutdown:
  vast:
    enabled: true
    idle_threshold_seconds: 1800
    idle_utilization_threshold: 10
    min_nodes_to_retain: 0
    drain_period_seconds: 180
    min_cost_savings_per_hour: 0.10
    pending_work_threshold: 3
    check_interval_seconds: 60
    label_filter: ringrift
  vultr: { enabled: true }
join_token: ${SECRET}
hosts:
${hosts.join('\n')}
`;

const policiesYaml = `policies:
  gpu_heavy:
    description: big cards
    patterns: ["*-gh200-*", "*-h100*", "*-a100*"]
    allowed: { training: 100, gpu_cmaes: 95, gauntlet: 90, tournament: 80, selfplay: 60 }
    denied: [cpu_cmaes, data_merge]
  apple_silicon:
    patterns: [macbook-*, mac-*, mbp-*]
    allowed: [selfplay, training]
    denied: [gpu_cmaes]
  cpu_only:
    patterns: [aws-*, vast-cpu-*, "*-cpu-*"]
    allowed: [cpu_cmaes]
    denied: [training]
  vast_gpu:
    patterns: ["vast-*", "192-*"]
    denied: [cpu_cmaes]
  default:
    allowed: [training, selfplay]
preemption_threshold: 20
`;

const loopYaml = `auto_sync:
  exclude_hosts: [aws-proxy]
data_aggregation:
  excluded_nodes: [mac-studio]
queue_populator:
  enabled: true
  min_queue_depth: 100
  target_queue_depth: 150
  target_elo: 2000
  selfplay_ratio: 0.6
  training_ratio: 0.3
  tournament_ratio: 0.1
  board_types: [hex8, square8, square19, hexagonal]
  player_counts: [2, 3, 4]
  selfplay_games_per_item: 50
  selfplay_priority: 75
  max_pending_items: 50
  backoff: { initial_seconds: 1 }
curriculum_weights:
  hex8_2p: 0.5
  hexagonal_4p: 1.3
`;

const oldFiles = [
  { name: 'distributed_hosts.yaml', text: hostsYaml },
  { name: 'node_policies.yaml', text: policiesYaml },
  { name: 'unified_loop.yaml', text: loopYaml },
];

export { hostsYaml, loopYaml, oldFiles, policiesYaml, SECRET };
