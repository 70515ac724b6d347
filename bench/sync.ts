import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OUTPUTS } from '../lib/constants.ts';
import { type Cloud, startCloud } from '../local/cloud.ts';
import { bundleAgent } from '../local/start/agent-bundle.ts';
import { startAgentProcess } from '../local/start/agent-process.ts';
import { mintToken } from '../local/start/mint-token.ts';
import { synthesize } from '../local/synth.ts';
import { until } from './dispatch/until.ts';

/**
 * `npm run bench:sync [-- files]`: from `drover-agent put` to the last byte verified in the store, in files/s for small files and MB/s
 * for one of 1 GB, beside `rclone copy` of as many bytes to the same store, one after the other in the same run.
 */
const FILES = Number(process.argv[2] ?? 10_000);
const FILE_BYTES = 20_000;
const LARGE_BYTES = Number(process.argv[3] ?? 1_000_000_000);
const ROUNDS = 3;
const TRANSFERS = 4;

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'drover-bench-sync-'));

const makeSmall = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  const content = randomBytes(FILE_BYTES);
  for (let index = 0; index < FILES; index += 1) {
    content.writeUInt32LE(index, 0);
    writeFileSync(join(path, `${index}.db`), content);
  }
  return path;
};
const makeLarge = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  const chunk = randomBytes(10_000_000);
  for (let done = 0; done < LARGE_BYTES; done += chunk.length)
    writeFileSync(join(path, 'large.db'), chunk, { flag: 'a' });
  return path;
};

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
};

/** Small files with rclone's own defaults, but for what makes both do the same: as many transfers at once, parts of 64 MB. */
const rclone = async (cloud: Cloud, source: string, prefix: string): Promise<unknown> => {
  const { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = cloud.operatorEnvironment();
  const remote = `:s3:${cloud.outputs[OUTPUTS.artifactBucket]}/bench/${prefix}`;
  return await run(
    process.env['RCLONE'] ?? 'rclone',
    [
      'copy',
      source,
      remote,
      ...['--s3-provider', 'Other', '--s3-endpoint', cloud.endpoint, '--s3-region', cloud.region],
      ...['--s3-access-key-id', AWS_ACCESS_KEY_ID, '--s3-secret-access-key', AWS_SECRET_ACCESS_KEY],
      ...[
        '--no-traverse',
        '--s3-no-check-bucket',
        '--s3-force-path-style',
        '--s3-chunk-size',
        '64M',
        '--transfers',
        String(TRANSFERS),
      ],
    ],
    { env: { PATH: process.env['PATH'] ?? '', HOME: folder } },
  );
};

const cloud = await startCloud({ assemblyFolder: await synthesize(), schedules: false });
const data = join(folder, 'node');
const bundle = await bundleAgent();
const agent = startAgentProcess({
  bundle,
  dataFolder: data,
  logFile: join(folder, 'agent.log'),
  endpoint: cloud.endpoint,
  region: cloud.region,
  enrolmentUrl: cloud.outputs[OUTPUTS.enrolmentUrl] ?? '',
  joinToken: await mintToken(cloud, 1),
  instanceId: 'bench',
  environment: { DROVER_DATA_PATHS: '', DROVER_EPHEMERAL: '1', DROVER_TRANSFERS: String(TRANSFERS) },
});
const held = join(data, '.drover', 'puts');
const isListening = async (): Promise<boolean> => {
  try {
    return readdirSync(join(data, '.drover')).includes('put.sock');
  } catch {
    return false;
  }
};
/** The log is empty: every file is verified in the store, and the control plane was told of each. */
const put = async (source: string): Promise<void> => {
  await run(process.execPath, [bundle, 'put', source, '--kind', 'games', '--name', 'bench', '--data', data]);
  while (readdirSync(held).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
};

try {
  await until('the agent to listen', isListening);
  const report = async (what: string, make: (name: string) => string, amount: number, unit: string) => {
    const ratios: number[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const [ours, theirs] = [make(`${what} ${round} a`), make(`${what} ${round} b`)];
      const own = await seconds(async () => await put(ours));
      const peer = await seconds(async () => await rclone(cloud, theirs, `${what}-${round}`));
      ratios.push(peer / own);
      console.log(
        `${what}, round ${round}: put to verified ${(amount / own).toFixed(0)} ${unit}, rclone copy ${(amount / peer).toFixed(0)} ${unit}, ratio ${(peer / own).toFixed(2)}`,
      );
      for (const path of [ours, theirs]) rmSync(path, { recursive: true });
    }
    const middle = ratios.toSorted((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? 0;
    console.log(`${what}: ratio ${middle.toFixed(2)} (median of ${ROUNDS})\n`);
  };
  await report(`${FILES} files of 20 kB`, makeSmall, FILES, 'files/s');
  await report(`one file of ${LARGE_BYTES / 1e6} MB`, makeLarge, LARGE_BYTES / 1e6, 'MB/s');
} finally {
  await agent.stop();
  await cloud.stop();
  rmSync(folder, { recursive: true, force: true });
}
