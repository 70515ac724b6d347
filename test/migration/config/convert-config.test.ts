import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { ConfigError } from '../../../lib/config/config-error.ts';
import { readFleetYaml } from '../../../lib/config/read-fleet-yaml.ts';
import { convertConfig } from '../../../lib/migration/config/convert-config.ts';
import { renderFleetYaml, renderLeftovers } from '../../../lib/migration/config/render-conversion.ts';
import { hostsYaml, loopYaml, oldFiles, policiesYaml, SECRET } from './old-files.ts';

const convertHosts = (text: string) => convertConfig([{ name: 'hosts.yaml', text }]);
const problemsOf = (text: string, name = 'hosts.yaml'): readonly string[] => {
  try {
    convertConfig([{ name, text }]);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

/** All leaf keys of a document, those of hosts, policies and providers as `*`. */
const keysOf = (value: unknown, path: string[] = []): string[] => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path.join('.')];
  return Object.entries(value).flatMap(([name, inner]) => keysOf(inner, [...path, name]));
};

describe('convertConfig', () => {
  const whole = convertConfig(oldFiles);
  const yaml = renderFleetYaml(whole, 'the old files');

  it('makes a fleet.yaml that passes the schema, of a fleet of 40 hosts with all kinds of keys', () => {
    expect(readFleetYaml(yaml)).toMatchObject({
      idle: {
        providers: {
          vast: {
            mode: 'observe',
            idleThresholdSeconds: 1800,
            retain: 0,
            drainPeriodSeconds: 180,
            minimumSavingUsdPerHour: '0.1',
            pendingWorkLimit: 3,
          },
        },
        roles: { coordinator: { exempt: true } },
      },
      health: { disk: { degradedPercent: 72 }, heartbeat: { multipliers: { vast: 2.5 } } },
      work: { minimumDepth: 100 },
      sync: {
        maxDiskUsedPercent: 72,
        batchSeconds: 60,
        bandwidthBytesPerSecond: 100_000_000,
        providers: { vast: { bandwidthBytesPerSecond: 50_000_000 } },
      },
      replication: { targetNodeCopies: 3 },
    });
  });

  it('makes the same bytes of the same files', () => {
    expect(renderFleetYaml(convertConfig(oldFiles), 'the old files')).toBe(yaml);
  });

  it('never lets anything be ended: no provider gets mode enforce', () => {
    expect(yaml).not.toContain('enforce');
  });

  it('copies no secret, and names each', () => {
    expect(hostsYaml).toContain(SECRET);
    const told = `${yaml}\n${renderLeftovers(whole.leftovers)}\n${JSON.stringify(whole)}`;
    expect(told).not.toContain(SECRET);
    expect(told).not.toContain('id_cluster');
    expect(whole.leftovers.filter(({ kind }) => kind === 'secret').map(({ key }) => key)).toEqual([
      'sync_routing.s3.secret_access_key',
      'join_token',
      'hosts.*.ssh_key',
    ]);
  });

  it('drops nothing in silence: every key is converted, or listed with why', () => {
    const converted = [
      /^hosts\.[^.]+\.(provider|role|region|status|\w*instance_id|runpod_pod_id|is_ephemeral|training_enabled|selfplay_enabled|excluded_workloads|storage_paths)(\.|$)/,
      /^(sync_routing\.(max_disk_usage_percent|replication_target)|provider_timeouts\.vast\.multiplier)$/,
      /^auto_sync\.(interval_seconds|bandwidth_limit_mbps|host_bandwidth_overrides(\.vast-\*)?)$/,
      /^idle_shutdown\.vast\.(idle_threshold_seconds|drain_period_seconds|min_cost_savings_per_hour|pending_work_threshold)$/,
      /^policies\.[^.]+\.(patterns|allowed|denied)(\.|$)/,
      /^queue_populator\.(enabled|min_queue_depth|target_elo|\w+_ratio|board_types|player_counts|selfplay_games_per_item)$/,
      /^curriculum_weights\./,
    ];
    const listed = new Set(whole.leftovers.map(({ key }) => key));
    const general = (key: string): string =>
      key.replace(/^(hosts|policies|provider_timeouts|idle_shutdown)\.[^.]+/, '$1.*');
    const silent = oldFiles
      .flatMap(({ text }) => keysOf(parse(text)))
      .filter((key) => !converted.some((pattern) => pattern.test(key)) && !listed.has(general(key)));
    expect(silent).toEqual([]);
  });

  it('makes the capability flags of an agent of each host in use, from role, flags and provider', () => {
    const agentOf = (host: string) => whole.agents.find((agent) => agent.host === host);
    expect(whole.agents).toHaveLength(36);
    expect(agentOf('lambda-gh200-1')).toMatchObject({
      provider: 'lambda-labs',
      trains: true,
      ephemeral: false,
      role: 'gpu_training_primary',
      labels: { region: 'us-east-1' },
    });
    expect(agentOf('vast-29120001')).toMatchObject({
      provider: 'vast',
      instanceId: '29120001',
      trains: false,
      ephemeral: true,
    });
    expect(agentOf('runpod-h100-1')).toMatchObject({ provider: 'runpod', trains: true, ephemeral: true });
    expect(agentOf('mac-studio')).toMatchObject({
      provider: 'static',
      dataPaths: ['/Volumes/data/games', '/Volumes/data/npz'],
    });
    expect(agentOf('vultr-old-1')).toBeUndefined();
    expect(agentOf('aws-proxy')).toBeUndefined();
  });

  it("turns patterns of hosts' names into labels, for policies know no names of hosts", () => {
    const { nodePolicies = [] } = readFleetYaml(yaml).work;
    const label = whole.agents.find(({ host }) => host === 'vast-29120004')?.labels['policy'];
    expect(nodePolicies.find(({ match }) => match[0] === `policy=${label}`)).toEqual({
      match: ['policy=vast_gpu.no-gpu_cmaes.no-training'],
      deny: ['cpu_cmaes', 'gpu_cmaes', 'training'],
    });
    expect(whole.leftovers).toContainEqual(expect.objectContaining({ key: 'policies.cpu_only' }));
  });

  it('makes a campaign of each board and number of players, with the shares of the old populator', () => {
    const { campaigns } = readFleetYaml(yaml).work;
    expect(Object.keys(campaigns)).toHaveLength(12);
    expect(campaigns['hex8_2p']).toMatchObject({
      target: { metric: 'elo', value: 2000 },
      weight: 0.5,
      mix: [
        { template: 'selfplay', share: 0.6, parameters: { board: 'hex8', players: 2, games: 50 } },
        { template: 'training', share: 0.3 },
        { template: 'tournament', share: 0.1 },
      ],
    });
  });

  it.each([
    ['hosts alone', [oldFiles[0]]],
    ['policies alone', [oldFiles[1]]],
    ['the loop alone', [oldFiles[2]]],
  ])('converts %s', (_, files) => {
    const conversion = convertConfig(files.flatMap((file) => file ?? []));
    expect(() => readFleetYaml(renderFleetYaml(conversion, 'it'))).not.toThrow();
  });

  it('makes an empty fleet.yaml of an empty file', () => {
    expect(readFleetYaml(renderFleetYaml(convertHosts(''), 'it'))).toBeDefined();
  });

  it.each([
    ['malformed YAML', 'hosts:\n  a: [1, 2\n', /^hosts\.yaml:\d+:\d+ this is no YAML/],
    ['a tab', 'hosts:\n\ta: {}\n', /^hosts\.yaml:2:1 a tab indents this line/],
    ['a key that comes twice', 'hosts:\n  a: {}\n  a: {}\n', /^hosts\.yaml:3:3 a is written twice/],
    ['an alias', 'hosts:\n  a: &x {}\n  b: *x\n', /^hosts\.yaml:2:9 an anchor/],
    [
      'text instead of a switch',
      'hosts:\n  a:\n    is_ephemeral: maybe\n',
      /^hosts\.yaml:3:19 hosts\.a\.is_ephemeral: .*expected boolean/,
    ],
    ['a list instead of a mapping', 'hosts:\n  - a\n', /^hosts\.yaml:2:3 hosts: write a mapping/],
    ['a host that is text', 'hosts:\n  a: up\n', /^hosts\.yaml:2:6 hosts\.a: write a mapping/],
    [
      'an unknown status',
      'hosts:\n  a: { status: sleepy }\n',
      /^hosts\.yaml:2:16 hosts\.a\.status: .*"ready"/,
    ],
    [
      'a value out of range',
      'sync_routing:\n  max_disk_usage_percent: 720\n',
      /^hosts\.yaml:2:27 sync_routing\.max_disk_usage_percent: Too big/,
    ],
  ])('says with line and column what is wrong with %s', (_, text, expected) => {
    expect(problemsOf(text)[0]).toMatch(expected);
  });

  it('says where in a list a value is wrong', () => {
    expect(problemsOf('queue_populator:\n  player_counts: [2, three]\n', 'unified_loop.yaml')[0]).toMatch(
      /^unified_loop\.yaml:2:22 queue_populator\.player_counts\[1\]: .*expected number/,
    );
  });

  it('says all that is wrong at once, in the order of the lines', () => {
    const text = `hosts:\n${Array.from({ length: 12 }, (_, index) => `  h${index}: { ssh_port: 22, is_ephemeral: ${index} }\n`).join('')}`;
    expect(problemsOf(text).map((problem) => problem.split(' ')[0])).toEqual(
      Array.from({ length: 12 }, (_, index) => expect.stringMatching(`^hosts.yaml:${index + 2}:`)),
    );
  });

  it('lists an unknown key with line and column, and what it may have meant', () => {
    const { leftovers } = convertHosts('hosts:\n  vast-1:\n    is_ephemral: true\nextra: { deep: 1 }\n');
    expect(leftovers).toEqual([
      expect.objectContaining({
        key: 'hosts.*.is_ephemral',
        source: 'hosts.yaml:3:5',
        kind: 'unknown',
        why: 'Drover does not know this key; did you mean is_ephemeral?',
      }),
      expect.objectContaining({ key: 'extra.deep', source: 'hosts.yaml:4:10', kind: 'unknown' }),
    ]);
  });

  it('names secrets in lists, too, and takes only paths that an agent takes', () => {
    const { leftovers, agents } = convertHosts(
      'sync_routing:\n  excluded_hosts: [{ name: a, auth: { password: x } }]\nhosts:\n  vast-1: { storage_paths: [data, "/data", "/a:b"] }\n',
    );
    expect(leftovers.map(({ key, kind }) => `${key} ${kind}`)).toEqual([
      'sync_routing.excluded_hosts no-equivalent',
      'sync_routing.excluded_hosts[].auth.password secret',
      'hosts.*.storage_paths changed',
    ]);
    expect(agents[0]?.dataPaths).toEqual(['/data']);
  });

  it('keeps fleet.yaml within its limit, however many hosts there were', () => {
    const hosts = Array.from(
      { length: 5000 },
      (_, index) => `  vast-${index}: { region: somewhere-${index} }\n`,
    );
    const conversion = convertHosts(`hosts:\n${hosts.join('')}`);
    const text = renderFleetYaml(conversion, 'it');
    expect(conversion.agents).toHaveLength(5000);
    expect(() => readFleetYaml(text)).not.toThrow();
    expect(text).toContain('5000 hosts are too many for this file');
  });

  it('lists every key that it does not know, of any file, and throws nothing but errors of the file', () => {
    const names = fc.constantFrom(
      'hosts',
      'policies',
      'sync_routing',
      'auto_sync',
      'idle_shutdown',
      'vast',
      'enabled',
      'status',
      'role',
      'api_key',
      'x',
      'y.z',
    );
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.integer(),
        fc.boolean(),
        fc.constantFrom('a', 'ready', ''),
        fc.array(fc.integer(), { maxLength: 2 }),
        fc.dictionary(names, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(names, tree, { maxKeys: 5 }), (value) => {
        try {
          const { leftovers } = convertConfig([{ name: 'hosts.yaml', text: stringify(value) }]);
          const unknown = Object.keys(value).filter((key) =>
            ['policies', 'vast', 'enabled', 'status', 'role', 'x', 'y.z'].includes(key),
          );
          for (const key of unknown)
            expect(
              leftovers.some((leftover) => leftover.key === key || leftover.key.startsWith(`${key}.`)),
            ).toBe(true);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
        }
      }),
    );
  });

  it('refuses a file of no known kind, and two of one kind', () => {
    expect(() => convertConfig([{ name: 'a.yaml', text: 'b: 1\n' }])).toThrow(/none of the old files/);
    expect(() =>
      convertConfig([
        { name: 'hosts.yaml', text: '' },
        { name: 'hosts2.yaml', text: '' },
      ]),
    ).toThrow(/of one kind/);
  });

  it('knows a file by what it holds, whatever its name', () => {
    expect(() =>
      convertConfig([
        { name: 'a.yaml', text: policiesYaml },
        { name: 'b.yaml', text: loopYaml },
      ]),
    ).not.toThrow();
  });
});
