import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FakeCloud } from './fake-cloud.ts';

interface AgentProcess {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Sends the signal and waits for the end. Returns the exit code, or the signal's name. */
  stop(signal: NodeJS.Signals): Promise<number | string>;
}

const MAIN = join(import.meta.dirname, '..', '..', 'agent', 'main.ts');

/** A real agent process against the fake cloud. */
const startAgent = (
  cloud: FakeCloud,
  data: string,
  settings: Readonly<Record<string, string>> = {},
  entry = MAIN,
): AgentProcess => {
  let output = '';
  const child = spawn(process.execPath, [entry], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: cloud.url,
      DROVER_ENROLMENT_URL: cloud.url,
      DROVER_JOIN_TOKEN: 'very-secret-token',
      DROVER_DATA: data,
      DROVER_INSTANCE_ID: 'i-test',
      DROVER_EXIT_WITH_STDIN: '1',
      DROVER_LOG_LEVEL: 'debug',
      // Nothing of the machine that runs the tests.
      DROVER_DATA_PATHS: '',
      ...settings,
    },
  });
  child.stdout?.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    output += String(chunk);
  });
  const exited = once(child, 'exit');
  return {
    child,
    output: () => output,
    stop: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await exited;
      }
      return child.exitCode ?? child.signalCode ?? 'unknown';
    },
  };
};

/** Waits until `look` gives something, or fails with what the agents printed. */
const until = async <T>(
  what: string,
  look: () => T | undefined | false,
  agents: readonly AgentProcess[] = [],
  seconds = 15,
): Promise<T> => {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(
    `waited ${seconds} s for ${what}; the agents said:\n${agents.map((agent) => agent.output()).join('\n---\n')}`,
  );
};

interface TestArtifact {
  readonly artifactId: string;
  readonly content: Buffer;
}

const makeArtifact = (bytes: number): TestArtifact => {
  const content = randomBytes(bytes);
  return { content, artifactId: createHash('sha256').update(content).digest('hex') };
};

/** A `pull` of a model, overridden where a test says so. */
const pullCommand = (cloud: FakeCloud, artifact: TestArtifact, overrides: object = {}) => ({
  schemaVersion: 1,
  commandId: `c-${artifact.artifactId.slice(0, 8)}`,
  nodeId: cloud.nodeId,
  attempt: 1,
  issuedAt: new Date().toISOString(),
  deadlineAt: new Date(Date.now() + 300_000).toISOString(),
  type: 'pull',
  artifactId: artifact.artifactId,
  kind: 'model',
  name: 'hex8_2p',
  version: '1',
  bytes: artifact.content.length,
  path: 'models/hex8_2p/1/m.pth',
  store: { bucket: 'artifacts-bucket', key: `artifacts/${artifact.artifactId}` },
  ...overrides,
});

/** The artifact lies in the fake store. */
const store = (cloud: FakeCloud, artifact: TestArtifact): void => {
  cloud.objects.set(`artifacts/${artifact.artifactId}`, artifact.content);
};

export type { AgentProcess, TestArtifact };
export { makeArtifact, pullCommand, startAgent, store, until };
