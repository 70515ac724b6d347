import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentProcess } from './agent-process.ts';

/** Agents end within 10 s once their starter is gone. */
const WAIT_MS = 12_000;
const PAUSE_MS = 100;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Writes down which processes work in the data folder, for the next start. */
const rememberAgents = (file: string, agents: readonly AgentProcess[]): void =>
  writeFileSync(file, agents.map(({ pid }) => `${pid}\n`).join(''));

/**
 * After a `kill -9` the agents of the killed start need a moment to end, and until then their folders are taken. A
 * number that the system has given to another process since then only costs the wait.
 */
const waitForPreviousAgents = async (file: string): Promise<void> => {
  if (!existsSync(file)) return;
  const pids = readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number).filter(Number.isInteger);
  const end = Date.now() + WAIT_MS;
  while (pids.some(isAlive) && Date.now() < end) await delay(PAUSE_MS);
};

export { rememberAgents, waitForPreviousAgents };
