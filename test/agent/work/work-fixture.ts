import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Report } from '../../../lib/nodes/report.ts';
import type { WorkReport } from '../../../lib/work/work-report.ts';
import { prepareAgents } from '../agent-fixture.ts';
import { type AgentProcess, until } from '../agent-process.ts';

const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** A template whose program is this script of Node. */
const scripted = (script: string, more: object = {}): object => ({
  jobType: 'selfplay',
  command: [process.execPath, '-e', script, '--', '{games}'],
  parameters: { games: { type: 'integer', minimum: 0, default: 3 } },
  ...more,
});

/** Plays: an output file and a result that says so. */
const PLAYS = `
  const { writeFileSync } = require('node:fs');
  const games = Number(process.argv[1]);
  console.log('playing', games);
  writeFileSync('games.npz', 'games of ' + process.env.DROVER_WORK_ID);
  writeFileSync(process.env.DROVER_RESULT, JSON.stringify({ gamesPlayed: games }));
`;
const PLAYED = {
  evidence: { gamesPlayed: { minimum: 1 } },
  outputs: [{ glob: '*.npz', kind: 'games', name: 'games-{games}' }],
};
/** Says that it runs, and does so until it is ended. */
const SLEEPS = `require('node:fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000);`;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** Agents that know some templates of their own, and the commands for them. */
const prepareWork = async (templates: Readonly<Record<string, object>>) => {
  const agents = await prepareAgents();
  const { cloud, data } = agents;
  const root = join(data, 'drover');
  const jobs = join(root, '.drover', 'jobs');
  const file = join(data, 'templates.json');
  mkdirSync(data, { recursive: true });
  writeFileSync(file, JSON.stringify(templates));
  const reportsOf = <T extends Report['type']>(type: T): Extract<Report, { type: T }>[] =>
    cloud.reports.filter((report): report is Extract<Report, { type: T }> => report.type === type);
  const work = (): WorkReport[] => reportsOf('work').map((report) => report.work);
  const common = (commandId: string) => ({
    schemaVersion: 1,
    commandId,
    nodeId: cloud.nodeId,
    attempt: 1,
    issuedAt: inSeconds(0),
    deadlineAt: inSeconds(60),
  });
  const workIdOf = (token: string): string =>
    `w-${createHash('sha256').update(token).digest('hex').slice(0, 12)}`;
  return {
    ...agents,
    root,
    jobs,
    work,
    reportsOf,
    workIdOf,
    start: (settings: Readonly<Record<string, string>> = {}): AgentProcess =>
      agents.start({
        DROVER_DATA: root,
        DROVER_HEARTBEAT_SECONDS: '0.2',
        DROVER_JOB_TEMPLATES: file,
        DROVER_SLOTS: '2',
        ...settings,
      }),
    send: (commandId: string, command: object) => cloud.send({ ...common(commandId), ...command }),
    run: (token: string, template: string, more: object = {}) =>
      cloud.send({
        ...common(`c-${token}`),
        type: 'run',
        token,
        workId: workIdOf(token),
        workAttempt: 1,
        template,
        parameters: {},
        requires: { gpus: 0 },
        ...more,
      }),
    /** The last word on a lease. */
    conclusionOf: async (token: string): Promise<WorkReport> =>
      await until(
        `the conclusion of ${token}`,
        () => work().find((report) => report.token === token && report.state !== 'started'),
        agents.agents,
        30,
      ),
    started: async (token: string): Promise<WorkReport> =>
      await until(
        `the start of ${token}`,
        () => work().find((report) => report.token === token && report.state === 'started'),
        agents.agents,
      ),
    statesOf: (token: string) => work().flatMap((report) => (report.token === token ? [report.state] : [])),
    resultOf: async (commandId: string) =>
      await until(
        commandId,
        () => cloud.results().find((result) => result.commandId === commandId),
        agents.agents,
        20,
      ),
    lastHeartbeat: () => reportsOf('heartbeat').at(-1)?.heartbeat,
    /** The file that a job wrote into its folder. */
    fileOf: async (token: string, name: string): Promise<string> =>
      await until(
        `${name} of ${token}`,
        () => {
          const folder = existsSync(jobs)
            ? readdirSync(jobs).find((one) => one.startsWith(workIdOf(token)))
            : undefined;
          const path = folder === undefined ? undefined : join(jobs, folder, name);
          return path !== undefined && existsSync(path) && readFileSync(path, 'utf8');
        },
        agents.agents,
      ),
  };
};

export { inSeconds, isAlive, PLAYED, PLAYS, prepareWork, SLEEPS, scripted };
