import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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
  it('brings it into the store, tells of it, and lets go of it, whatever its name and place, and whatever became of the file [events#5-23] [events#5-22] [sync#L16]', async () => {
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

  it('keeps what was put while something else lies in the store under its key, and brings it once that is removed', async () => {
    const { agents, cloud, work, start, listening, put, write, held, reportsOf, lastHeartbeat } =
      await prepare();
    cloud.objects.set(key('first games'), Buffer.from('first gam'));
    start();
    await listening();
    write('a.db', 'first games');
    await put('a.db');
    rmSync(join(work, 'a.db'));
    await until(
      'the store to be asked',
      () => agents[0]?.output().includes('Remove that object') === true,
      agents,
    );
    await until('a heartbeat that counts it', () => lastHeartbeat()?.unflushedBytes === 11, agents);
    expect(held()).toHaveLength(1);
    expect(reportsOf('artifact')).toEqual([]);

    cloud.objects.delete(key('first games'));
    await until('an empty log', () => held().length === 0 && lastHeartbeat()?.unflushedBytes === 0, agents);
    expect(cloud.objects.get(key('first games'))?.toString()).toBe('first games');
    expect(reportsOf('artifact')).toHaveLength(1);
  });

  it('takes a folder apart: each file an artifact, its place a label, unfinished and empty ones left out', async () => {
    const { agents, start, listening, put, write, reportsOf } = await prepare();
    start();
    await listening();
    write('run/1/a.npz', 'one');
    write('run/2/a.npz', 'two');
    write('run/empty', '');
    write('run/b.npz', 'half');
    write('run/b.npz.writing', '');

    expect(await put('run')).toMatchObject({
      code: 0,
      stdout: 'taken: 2 files, 6 bytes (left out: 1 empty, 2 writing)\n',
    });
    await until('both reports', () => reportsOf('artifact').length === 2, agents);
    const placed = reportsOf('artifact').map(({ artifact }) => [artifact.fileName, artifact.labels]);
    expect(placed).toContainEqual(['a.npz', { path: '1/a.npz' }]);
    expect(placed).toContainEqual(['a.npz', { path: '2/a.npz' }]);
  });

  it('takes a snapshot of a database that is being written, whole and without touching it [sync#L9]', async () => {
    const { agents, cloud, work, start, listening, put, reportsOf, held } = await prepare();
    start();
    await listening();
    const database = new DatabaseSync(join(work, 'games.db'));
    database.exec(
      'PRAGMA journal_mode = WAL; CREATE TABLE games (id INTEGER); CREATE TABLE moves (game INTEGER)',
    );
    database.exec('INSERT INTO games VALUES (1); INSERT INTO moves VALUES (1)');
    // Half a game: its row without its moves must not leave the node.
    database.exec('BEGIN; INSERT INTO games VALUES (2)');

    expect(await put('games.db')).toMatchObject({ code: 0 });
    database.exec('INSERT INTO moves VALUES (2); COMMIT');
    const { artifact } = await until('the report', () => reportsOf('artifact')[0], agents);
    writeFileSync(join(work, 'copy.db'), cloud.objects.get(`artifacts/${artifact.artifactId}`) ?? '');
    const copy = new DatabaseSync(join(work, 'copy.db'));
    expect(copy.prepare('SELECT id FROM games').all()).toEqual([{ id: 1 }]);
    expect(copy.prepare('SELECT game FROM moves').all()).toEqual([{ game: 1 }]);
    copy.close();

    // The same content is the same artifact: it is told of again, in case that the first time was not heard, but not sent again.
    database.close();
    await put('games.db');
    await put('games.db');
    await until('an empty log', () => held().length === 0, agents);
    const told = reportsOf('artifact').map(({ artifact: { artifactId } }) => artifactId);
    expect(told).toHaveLength(3);
    expect(new Set(told).size).toBe(2);
  });

  it('refuses a database that is not sound', async () => {
    const { work, start, listening, put } = await prepare();
    start();
    await listening();
    const database = new DatabaseSync(join(work, 'games.db'));
    database.exec('CREATE TABLE games (id TEXT)');
    for (let id = 0; id < 200; id += 1) database.exec(`INSERT INTO games VALUES ('${'x'.repeat(500)}')`);
    database.close();
    const bytes = readFileSync(join(work, 'games.db'));
    writeFileSync(join(work, 'games.db'), bytes.fill(7, 8192, 20_000));
    expect(await put('games.db')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/integrity_check|malformed/),
    });
  });

  it('loses nothing that it took when it is killed, and brings it once', async () => {
    const { agents, cloud, root, start, listening, put, write, held, reportsOf } = await prepare();
    cloud.uploadsAreRefused = true;
    const first = start();
    await listening();
    for (const name of ['a', 'b', 'c']) {
      write(name, `games ${name}`);
      expect(await put(name)).toMatchObject({ code: 0 });
    }
    await first.stop('SIGKILL');
    // What a put leaves that was killed before its answer.
    writeFileSync(join(root, '.drover/puts/half-done'), 'x');
    cloud.uploadsAreRefused = false;
    const second = start();
    await until(
      'all in the store',
      () => ['a', 'b', 'c'].every((name) => cloud.objects.has(key(`games ${name}`))),
      agents,
    );
    await until('an empty log', () => held().length === 0, agents);
    await second.stop('SIGKILL');
    const seen = reportsOf('inventory').length;

    start();
    await until('an inventory', () => reportsOf('inventory').length > seen, agents);
    const told = reportsOf('artifact').map(({ artifact }) => artifact.artifactId);
    expect(told.sort()).toEqual(['a', 'b', 'c'].map((name) => sha256(`games ${name}`)).sort());
  });

  it('says what it could not bring before the machine is gone, file by file', async () => {
    const { agents, cloud, work, start, listening, put, write, reportsOf } = await prepare();
    cloud.uploadsAreRefused = true;
    const agent = start({ DROVER_NOTICE_SECONDS: '6' });
    await listening();
    write('a.db', 'games of a');
    await put('a.db');
    expect(await agent.stop('SIGTERM')).toBe(0);
    const notices = reportsOf('termination-notice').map(({ notice }) => notice);
    expect(notices).toEqual([
      { reason: 'sigterm', deadlineSeconds: 6 },
      {
        reason: 'sigterm',
        deadlineSeconds: 6,
        leftBehind: {
          count: 1,
          bytes: 10,
          files: [{ path: join(work, 'a.db'), bytes: 10, kind: 'games', name: 'hex8_2p' }],
        },
      },
    ]);

    cloud.uploadsAreRefused = false;
    const next = start({ DROVER_EPHEMERAL: '0' });
    await listening();
    write('b.db', 'games of b');
    await put('b.db');
    await next.stop('SIGTERM');
    expect(reportsOf('termination-notice').at(-1)?.notice.leftBehind).toMatchObject({ count: 0, files: [] });
    expect(cloud.objects.has(key('games of b'))).toBe(true);
    expect(agents.length).toBe(2);
  });

  it('cuts off what does not fit into the notice, names just that, and is gone before the machine is', async () => {
    const { agents, cloud, work, start, listening, put, write, reportsOf, lastHeartbeat } = await prepare();
    cloud.uploadsAreRefused = true;
    const agent = start({ DROVER_NOTICE_SECONDS: '6' });
    await listening();
    write('large.db', 'x'.repeat(2000));
    write('small.db', 'games');
    await put('large.db');
    await put('small.db');
    await until('a heartbeat that counts them', () => lastHeartbeat()?.unflushedBytes === 2005, agents);
    cloud.uploadsHangAboveBytes = 1000;
    cloud.uploadsAreRefused = false;

    const begun = Date.now();
    expect(await agent.stop('SIGTERM')).toBe(0);

    expect(Date.now() - begun).toBeLessThan(6000);
    expect(cloud.objects.has(key('games'))).toBe(true);
    expect(reportsOf('termination-notice').at(-1)?.notice.leftBehind).toEqual({
      count: 1,
      bytes: 2000,
      files: [{ path: join(work, 'large.db'), bytes: 2000, kind: 'games', name: 'hex8_2p' }],
    });
    expect(lastHeartbeat()?.unflushedBytes).toBe(2000);
  });

  it('tells of a notice that a program on the machine heard of, and flushes at once', async () => {
    const { agents, cloud, root, start, listening, put, write, reportsOf } = await prepare();
    start({ DROVER_EPHEMERAL: '0' });
    await listening();
    write('a.db', 'games');
    await put('a.db');
    await run(process.execPath, [MAIN, 'notice', '--seconds', '30', '--data', root]);
    await until('the file', () => cloud.objects.has(key('games')), agents, 5);
    await until('the notices', () => reportsOf('termination-notice').length === 2, agents);
    expect(reportsOf('termination-notice')[0]?.notice).toEqual({
      reason: 'spot-notice',
      deadlineSeconds: 30,
    });
  });

  it('acknowledges a drain only when the log is empty, and takes nothing more then', async () => {
    const { agents, cloud, start, listening, put, write, lastHeartbeat } = await prepare();
    start({ DROVER_EPHEMERAL: '0' });
    await listening();
    write('a.db', 'games');
    await put('a.db');
    const now = Date.now();
    const at = (seconds: number): string => new Date(now + seconds * 1000).toISOString();
    cloud.send({
      schemaVersion: 1,
      commandId: 'c-drain',
      nodeId: cloud.nodeId,
      attempt: 1,
      issuedAt: at(0),
      deadlineAt: at(300),
      type: 'drain',
      drainId: 'd-1',
      epoch: 1,
      drainUntil: at(600),
      reason: 'idle',
    });
    const result = await until('the acknowledgement', () => cloud.results()[0], agents);
    expect(result).toMatchObject({ outcome: 'succeeded', drain: { epoch: 1 } });
    expect(cloud.objects.has(key('games'))).toBe(true);
    await until('a heartbeat', () => lastHeartbeat()?.unflushedBytes === 0, agents);
    write('b.db', 'late');
    expect(await put('b.db')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('this node is about to be given up'),
    });
  });

  it('takes what lies in the folders of jobs, and nothing else of its own', async () => {
    const { start, listening, put, write } = await prepare();
    start();
    await listening();
    write('../drover/.drover/jobs/w-1-1/step-1.pt', 'checkpoint');
    const theirs = await put('../drover/.drover/jobs/w-1-1');
    const own = await put('../drover/.drover/identity.json');
    expect(theirs).toMatchObject({ code: 0, stdout: 'taken: 1 file, 10 bytes\n' });
    expect(own).toMatchObject({ code: 1, stderr: expect.stringContaining("the agent's own") });
  });

  it('counts what waits as claimed and unflushed, never as unclaimed', async () => {
    const { agents, work, start, listening, put, write, reportsOf, lastHeartbeat } = await prepare();
    start({ DROVER_INVENTORY_SECONDS: '0.3', DROVER_EPHEMERAL: '0' });
    await listening();
    write('mine.txt', 'not put');
    write('a.db', 'games');
    await put('a.db');
    const seen = reportsOf('inventory').length;
    const { inventory } = await until('an inventory', () => reportsOf('inventory')[seen + 1], agents);
    expect(inventory.unclaimed).toEqual({
      count: 1,
      bytes: 7,
      sample: [{ path: join(work, 'mine.txt'), bytes: 7 }],
    });
    expect(lastHeartbeat()?.unflushedBytes).toBe(5);
  });

  it('says what to do when no agent runs, or the path is wrong', async () => {
    const { agents, root, start, listening, put, write } = await prepare();
    write('a', 'x');
    mkdirSync(root);
    expect(await put('a')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no agent of this user runs on'),
    });
    const agent = start();
    await listening();
    expect(await put('b')).toMatchObject({ code: 1, stderr: expect.stringContaining('is the path right?') });
    expect(await put('a', '--kind', 'game')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('kind'),
    });
    expect(agents.length).toBe(1);
    await agent.stop('SIGKILL');
    expect(await put('a')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no agent of this user runs on'),
    });
  });
});
