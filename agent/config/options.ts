/** One row per option: the flag, the variable and the key in the file all follow from `key`. */
interface Option {
  readonly key: string;
  readonly kind: 'text' | 'switch';
  readonly hint?: string;
  readonly help: string;
}

const options = [
  { key: 'enrolmentUrl', kind: 'text', hint: 'URL', help: "the stack's EnrolmentUrl output (needed)" },
  {
    key: 'joinToken',
    kind: 'text',
    hint: 'TOKEN',
    help: 'from `drover nodes token`; needed for the first start only',
  },
  {
    key: 'data',
    kind: 'text',
    hint: 'FOLDER',
    help: 'the data folder; nothing is written outside it (needed)',
  },
  {
    key: 'provider',
    kind: 'text',
    hint: 'NAME',
    help: 'lambda-labs, vast, runpod or static (default: static)',
  },
  {
    key: 'instanceId',
    kind: 'text',
    hint: 'ID',
    help: "the provider's id (default: CONTAINER_ID on vast, RUNPOD_POD_ID on runpod)",
  },
  { key: 'role', kind: 'text', hint: 'WORD', help: 'a word for grouping' },
  { key: 'labels', kind: 'text', hint: 'K=V,…', help: 'labels, separated by commas' },
  {
    key: 'acceptsKinds',
    kind: 'text',
    hint: 'KIND,…',
    help: 'artifact kinds that this node takes (default: all)',
  },
  { key: 'trains', kind: 'switch', help: 'this node trains: it gets training files' },
  {
    key: 'ephemeral',
    kind: 'switch',
    help: 'the machine can vanish at any moment; its copies never count as durable',
  },
  {
    key: 'noticeSeconds',
    kind: 'text',
    hint: 'N',
    help: 'from SIGTERM to the end, at least 5: put data is brought into the store meanwhile (default: 15 when ephemeral, else 10)',
  },
  { key: 'gpuCount', kind: 'text', hint: 'N', help: 'GPUs (default: what nvidia-smi lists)' },
  {
    key: 'gpuMemoryBytes',
    kind: 'text',
    hint: 'BYTES',
    help: 'memory of the smallest GPU (default: from nvidia-smi)',
  },
  { key: 'slots', kind: 'text', hint: 'N', help: 'jobs that this node runs at once (default: 1)' },
  {
    key: 'jobTemplates',
    kind: 'text',
    hint: 'FILE',
    help: "job templates of this node's own, JSON or YAML; by name they win over those of fleet.yaml",
  },
  {
    key: 'ownTemplatesOnly',
    kind: 'switch',
    help: 'this node runs no job template of fleet.yaml, only its own',
  },
  { key: 'transfers', kind: 'text', hint: 'N', help: 'transfers at once (default: 2)' },
  { key: 'bandwidthBytesPerSecond', kind: 'text', hint: 'N', help: 'cap over all transfers (default: none)' },
  {
    key: 'minimumModelBytes',
    kind: 'text',
    hint: 'N',
    help: 'a smaller model is refused as too small (default: 1024)',
  },
  {
    key: 'heartbeatSeconds',
    kind: 'text',
    hint: 'N',
    help: 'between heartbeats (default: what the control plane says, 30)',
  },
  { key: 'inventorySeconds', kind: 'text', hint: 'N', help: 'between inventories (default: 600)' },
  {
    key: 'scrubDays',
    kind: 'text',
    hint: 'N',
    help: 'every file is read again once in so many days, to find what rotted (default: 30)',
  },
  {
    key: 'stallSeconds',
    kind: 'text',
    hint: 'N',
    help: 'a transfer without a byte for so long has stalled (default: 60)',
  },
  {
    key: 'dataPaths',
    kind: 'text',
    hint: 'PATH:…',
    help: 'where files count as data besides the data folder (default: the home folder, of root also /home, and /workspace)',
  },
  {
    key: 'idleProbe',
    kind: 'text',
    hint: 'JSON',
    help: 'a program, as ["/path","argument"], that prints idle while the node may be shut down (default: none)',
  },
  {
    key: 'probeSeconds',
    kind: 'text',
    hint: 'N',
    help: 'the probe ends within this, at most 60 (default: 10)',
  },
  {
    key: 'preStopHook',
    kind: 'text',
    hint: 'JSON',
    help: 'a program that runs before the node is given up; a failure keeps the node (default: none)',
  },
  { key: 'preStopSeconds', kind: 'text', hint: 'N', help: 'the hook ends within this (default: 60)' },
  {
    key: 'proc',
    kind: 'text',
    hint: 'FOLDER',
    help: 'the procfs to look at, of the host when the agent is in a container (default: /proc)',
  },
  {
    key: 'cgroup',
    kind: 'text',
    hint: 'FOLDER',
    help: 'the cgroup (v2) whose CPU time counts (default: /sys/fs/cgroup)',
  },
  { key: 'bootId', kind: 'text', hint: 'ID', help: "the machine's boot (default: the kernel's boot id)" },
  {
    key: 'exitWithStdin',
    kind: 'switch',
    help: 'stop when standard input closes, so that no agent outlives its starter',
  },
  { key: 'logLevel', kind: 'text', hint: 'LEVEL', help: 'debug, info, warn or error (default: info)' },
] as const satisfies readonly Option[];

const flagName = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const variableName = (key: string): string =>
  `DROVER_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

const usage = (): string => {
  const rows = options.map((option) => {
    const flag = `--${flagName(option.key)}${'hint' in option ? ` ${option.hint}` : ''}`;
    return `  ${flag.padEnd(36)} ${option.help}`;
  });
  return `drover-agent: looks after one node for Drover.

Usage: node drover-agent.mjs --enrolment-url URL --data FOLDER [options]

${rows.join('\n')}
  ${'--config FILE'.padEnd(36)} a JSON file with these options (keys as in enrolmentUrl)
  ${'--help, --version'.padEnd(36)} print and exit

Data of this machine:  drover-agent put <file|folder> …   (drover-agent put --help)
It will be taken away: drover-agent notice --seconds N

Each option is also a variable (DROVER_ENROLMENT_URL, …). A flag wins over a variable, a variable over the file.
Prefer DROVER_JOIN_TOKEN to the flag: other users of the machine can read flags.

Examples:
  DROVER_JOIN_TOKEN=drover_… node drover-agent.mjs --enrolment-url https://… --data /workspace/drover --provider vast
  node drover-agent.mjs --config /etc/drover-agent.json --trains --labels team=blue,rack=4
`;
};

export type { Option };
export { flagName, options, usage, variableName };
