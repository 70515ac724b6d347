import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Report } from '../../lib/nodes/report.ts';
import { prepareAgents } from './agent-fixture.ts';
import { until } from './agent-process.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '..', '..', 'agent', 'main.ts');
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const key = (text: string): string => `artifacts/${sha256(text)}`;
const failureSchema = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** A node whose data root is `root`, and programs on it that put what lies in `work`. */
const prepare = async () => {
  const agents = await prepareAgents();
  const root = join(agents.data, 'drover');
  const work = join(agents.data, 'work');
  mkdirSync(work, { recursive: true });
  const put = async (path: string, ...flags: string[]) => {
    const args = [
      MAIN,
      'put',
      join(work, path),
      '--kind',
      'games',
      '--name',
      'hex8_2p',
      '--data',
      root,
      ...flags,
    ];
    return await run(process.execPath, args).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: unknown) => failureSchema.parse(error),
    );
  };
  const reportsOf = <T extends Report['type']>(type: T): Extract<Report, { type: T }>[] =>
    agents.cloud.reports.filter((report): report is Extract<Report, { type: T }> => report.type === type);
  return {
    ...agents,
    root,
    work,
    put,
    reportsOf,
    write: (path: string, content: string): void => {
      mkdirSync(join(work, path, '..'), { recursive: true });
      writeFileSync(join(work, path), content);
    },
    held: () => readdirSync(join(root, '.drover/puts')),
    lastHeartbeat: () => reportsOf('heartbeat').at(-1)?.heartbeat,
    start: (settings: Readonly<Record<string, string>> = {}) =>
      agents.start({
        DROVER_DATA: root,
        DROVER_DATA_PATHS: work,
        DROVER_HEARTBEAT_SECONDS: '0.2',
        DROVER_EPHEMERAL: '1',
        ...settings,
      }),
    listening: async () =>
      await until('the socket', () => existsSync(join(root, '.drover/put.sock')), agents.agents),
  };
};

describe('an agent that is handed data', () => {
  it('brings it into the store, tells of it, and lets go of it, whatever became of the file [events#5-23]', async () => {
    const { agents, cloud, work, start, listening, put, write, held, reportsOf, lastHeartbeat } =
      await prepare();
    start();
    await listening();
    cloud.uploadsAreRefused = true;
    write('a.db', 'first games');

    expect(await put('a.db', '--label', 'board=hex8')).toEqual({
      code: 0,
      stdout: 'taken: 1 file, 11 bytes\n',
      stderr: '',
    });
    // The next batch takes the place of the first, and then its writer clears up.
    write('next.db', 'second games');
    renameSync(join(work, 'next.db'), join(work, 'a.db'));
    await put('a.db');
    rmSync(join(work, 'a.db'));
    await until('a heartbeat that counts them', () => lastHeartbeat()?.unflushedBytes === 23, agents);
    cloud.uploadsAreRefused = false;

    await until('both in the store', () => reportsOf('artifact').length === 2, agents);
    expect(cloud.objects.get(key('first games'))?.toString()).toBe('first games');
    expect(cloud.objects.get(key('second games'))?.toString()).toBe('second games');
    expect(reportsOf('artifact').map(({ artifact }) => artifact)).toContainEqual({
      artifactId: sha256('first games'),
      kind: 'games',
      name: 'hex8_2p',
      version: sha256('first games').slice(0, 12),
      fileName: 'a.db',
      bytes: 11,
      labels: { board: 'hex8' },
    });
    await until('an empty log', () => held().length === 0 && lastHeartbeat()?.unflushedBytes === 0, agents);
  });
});
