import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type AgentProcess, startAgentProcess } from '../../../local/start/agent-process.ts';

let folder: string;
let agent: AgentProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'agent-'));
});
afterEach(async () => {
  await agent?.kill();
  agent = undefined;
  rmSync(folder, { recursive: true });
});

/** Stands in for the agent: says what it was given, and ends at SIGTERM. */
const start = (code: string): AgentProcess => {
  const bundle = join(folder, 'agent.mjs');
  writeFileSync(bundle, code);
  agent = startAgentProcess({
    bundle,
    dataFolder: join(folder, 'node'),
    logFile: join(folder, 'node.log'),
    endpoint: 'http://127.0.0.1:1',
    region: 'us-east-1',
    enrolmentUrl: 'http://127.0.0.1:1/enrol/',
    joinToken: 'token',
    instanceId: 'local-1',
    environment: { DROVER_TRAINS: 'true' },
  });
  return agent;
};

const log = (): string => readFileSync(join(folder, 'node.log'), 'utf8');
const untilLogged = (text: string) => expect.poll(log, { timeout: 5000 }).toContain(text);
const WAIT = 'setInterval(() => {}, 1000);';

describe('startAgentProcess', () => {
  it('gives the agent its configuration and nothing of ours', async () => {
    process.env['LEAKED_INTO_AN_AGENT'] = 'yes';
    start('console.log(JSON.stringify(process.env));');
    delete process.env['LEAKED_INTO_AN_AGENT'];

    await agent?.ended;

    const environment = z.record(z.string(), z.string()).parse(JSON.parse(log()));
    expect(environment).toMatchObject({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      DROVER_ENROLMENT_URL: 'http://127.0.0.1:1/enrol/',
      DROVER_JOIN_TOKEN: 'token',
      DROVER_DATA: join(folder, 'node'),
      DROVER_INSTANCE_ID: 'local-1',
      DROVER_EXIT_WITH_STDIN: '1',
      DROVER_TRAINS: 'true',
      HOME: join(folder, 'node'),
      DROVER_DATA_PATHS: join(folder, 'node'),
    });
    expect(environment).not.toHaveProperty('LEAKED_INTO_AN_AGENT');
  });

  it('stops it with SIGTERM', async () => {
    const running = start(`process.on('SIGTERM', () => process.exit(7)); console.log('up'); ${WAIT}`);
    await untilLogged('up');

    await running.stop();

    expect(await running.ended).toBe('exit code 7');
    expect(running.isRunning()).toBe(false);
  });

  it('kills it', async () => {
    const running = start(`process.on('SIGTERM', () => {}); console.log('up'); ${WAIT}`);
    await untilLogged('up');

    await running.kill();

    expect(await running.ended).toBe('SIGKILL');
  });

  it('says how it ended by itself', async () => {
    const running = start('process.exit(3)');

    expect(await running.ended).toBe('exit code 3');
  });
});
