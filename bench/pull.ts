import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, promisify } from 'node:util';
import * as z from 'zod';
import { bundleProgram } from '../agent/build.ts';
import { percentile } from './percentiles.ts';
import { type BenchObject, benchObjectSchema } from './pull/bench-object.ts';

/**
 * `npm run bench:pull [-- --bytes N --rounds N --data FOLDER]`: the agent's pull of one object (SHA-256, fsync, rename) beside
 * `curl -o` and then `sha256sum`, and beside one pass that copies and hashes the same bytes. All in the same run and on the
 * same disk, in turns. Both peers leave their bytes in the page cache; only the pull waits for the disk, so a second figure of
 * each peer adds `sync`, the fair comparison on a slow disk.
 */
const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: String(1024 ** 3) },
    rounds: { type: 'string', default: '5' },
    data: { type: 'string', default: tmpdir() },
  },
});
const totalBytes = Number(values.bytes);
const rounds = Number(values.rounds);
if (!(totalBytes >= 1024 && Number.isInteger(totalBytes) && rounds >= 1 && Number.isInteger(rounds))) {
  throw new RangeError('give whole numbers: --bytes at least 1024, --rounds at least 1');
}

const run = promisify(execFile);
const here = join(import.meta.dirname, 'pull');
const secondsSince = (began: bigint): number => Number(process.hrtime.bigint() - began) / 1e9;
const syncSeconds = async (path: string): Promise<number> => {
  const began = process.hrtime.bigint();
  await run('sync', [path]);
  return secondsSince(began);
};

const pullOnce = async (program: string, object: BenchObject, data: string) => {
  const { stdout } = await run(process.execPath, [program, JSON.stringify(object), String(totalBytes), data]);
  rmSync(join(data, 'models'), { recursive: true });
  return z
    .object({ seconds: z.number(), cpuSeconds: z.number(), peakBytes: z.number() })
    .parse(JSON.parse(stdout));
};

const curlOnce = async (object: BenchObject, file: string) => {
  const began = process.hrtime.bigint();
  await run('curl', [
    ...['--silent', '--fail', '--output', file],
    ...[
      '--aws-sigv4',
      `aws:amz:${object.region}:s3`,
      '--user',
      `${object.accessKeyId}:${object.secretAccessKey}`,
    ],
    ...['--header', 'x-amz-content-sha256: UNSIGNED-PAYLOAD'],
    `${object.endpoint}/${object.bucket}/${object.key}`,
  ]);
  const { stdout } = await run('sha256sum', [file]);
  const seconds = secondsSince(began);
  if (!stdout.startsWith(object.sha256)) throw new Error(`curl fetched other bytes: ${stdout}`);
  return { seconds, durableSeconds: seconds + (await syncSeconds(file)) };
};

const copyOnce = async (object: BenchObject, from: string, to: string) => {
  const { stdout } = await run(process.execPath, [join(here, 'copy-and-hash.ts'), from, to]);
  const { seconds, cpuSeconds, sha256 } = z
    .object({ seconds: z.number(), cpuSeconds: z.number(), sha256: z.string() })
    .parse(JSON.parse(stdout));
  if (sha256 !== object.sha256) throw new Error('the copy has other bytes');
  const durableSeconds = seconds + (await syncSeconds(to));
  rmSync(to);
  return { seconds, cpuSeconds, durableSeconds };
};

const folder = mkdtempSync(join(values.data, 'drover-bench-'));
const server = spawn(process.execPath, [join(here, 'serve-object.ts'), values.bytes, join(folder, 'store')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
try {
  const program = join(folder, 'pull-once.mjs');
  await bundleProgram(join(here, 'pull-once.ts'), program);
  const [line] = await Promise.race([
    once(createInterface({ input: server.stdout }), 'line'),
    once(server, 'exit').then(() => {
      throw new Error('the object store ended before it was ready');
    }),
  ]);
  const object = benchObjectSchema.parse(JSON.parse(String(line)));
  const file = join(folder, 'curl.bin');
  const pulls: { seconds: number; cpuSeconds: number; peakBytes: number }[] = [];
  const curls: { seconds: number; durableSeconds: number }[] = [];
  const copies: { seconds: number; cpuSeconds: number; durableSeconds: number }[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    // Nobody pays for what another side left unwritten.
    await run('sync');
    const pull = await pullOnce(program, object, join(folder, 'node'));
    await run('sync');
    const curl = await curlOnce(object, file);
    await run('sync');
    const copy = await copyOnce(object, file, join(folder, 'copy.bin'));
    rmSync(file);
    // The first round fills caches and is not counted.
    if (round === 0) continue;
    pulls.push(pull);
    curls.push(curl);
    copies.push(copy);
  }
  const median = (samples: readonly number[]): number => percentile(samples, 0.5);
  const pull = median(pulls.map(({ seconds }) => seconds));
  const row = (name: string, seconds: number): string => {
    const speed = `${(totalBytes / seconds / 1e6).toFixed(0)} MB/s`;
    return `${name.padEnd(44)} ${seconds.toFixed(2).padStart(7)} s ${speed.padStart(11)}   pull is ${(seconds / pull).toFixed(2)} times as fast`;
  };
  const cpu = (samples: readonly { cpuSeconds: number }[]): string =>
    median(samples.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2);
  const peak = Math.max(...pulls.map(({ peakBytes }) => peakBytes));
  process.stdout.write(
    `${[
      `${totalBytes} bytes, medians of ${rounds} rounds, on ${values.data}`,
      row('pull (SHA-256, fsync, rename)', pull),
      row('curl, then sha256sum (goal 1.30)', median(curls.map(({ seconds }) => seconds))),
      row('curl, then sha256sum, then sync', median(curls.map(({ durableSeconds }) => durableSeconds))),
      row('one pass of copy and hash (goal 0.90)', median(copies.map(({ seconds }) => seconds))),
      row('one pass of copy and hash, then sync', median(copies.map(({ durableSeconds }) => durableSeconds))),
      `processor time: ${cpu(pulls)} s for the pull, ${cpu(copies)} s for the pass of copy and hash (other programs spoil this less than the seconds)`,
      `peak memory of the pull: ${(peak / 1e6).toFixed(0)} MB (goal: under 150 MB)`,
    ].join('\n')}\n`,
  );
} finally {
  server.stdin.end();
  if (server.exitCode === null) await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
