import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type AgentProcess, startAgent, until } from './agent-process.ts';
import { startFakeCloud } from './fake-cloud.ts';

/** A fake cloud, a data folder, and agents on it; all gone after the test. */
const prepareAgents = async () => {
  const cloud = await startFakeCloud();
  const data = mkdtempSync(join(tmpdir(), 'drover-agent-'));
  const agents: AgentProcess[] = [];
  onTestFinished(async () => {
    for (const agent of agents) await agent.stop('SIGKILL');
    await cloud.close();
    rmSync(data, { recursive: true, force: true });
  });
  return {
    cloud,
    data,
    agents,
    start: (settings: Readonly<Record<string, string>> = {}): AgentProcess => {
      const agent = startAgent(cloud, data, settings);
      agents.push(agent);
      return agent;
    },
    hashOf: (path: string): string =>
      createHash('sha256')
        .update(readFileSync(join(data, path)))
        .digest('hex'),
    firstResult: async () => await until('a result', () => cloud.results()[0], agents),
    heartbeats: () => cloud.reports.filter(({ type }) => type === 'heartbeat'),
  };
};

export { prepareAgents };
