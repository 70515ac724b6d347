import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFunctionRuntime, type FunctionRuntime } from '../../../local/lambda/function-runtime.ts';
import type { FunctionDefinition } from '../../../local/resources/wiring.ts';

let folder: string;
let lines: string[];
const runtimes: FunctionRuntime[] = [];

const runtimeOf = async (
  code: string,
  changes: Partial<FunctionDefinition> = {},
): Promise<FunctionRuntime> => {
  await writeFile(join(folder, 'index.mjs'), code);
  const runtime = createFunctionRuntime(
    {
      name: 'greet',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:greet',
      roleArn: 'arn:aws:iam::000000000000:role/greet',
      codeFolder: folder,
      handler: 'index.handler',
      environment: { GREETING: 'hello' },
      timeoutSeconds: 5,
      memoryMegabytes: 256,
      logGroup: '/greet',
      deadLetterArn: undefined,
      ...changes,
    },
    {
      endpoint: 'http://127.0.0.1:1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret', sessionToken: 'token' },
      appendLog: (group, _stream, _at, line) => lines.push(`${group} ${line}`),
    },
  );
  runtimes.push(runtime);
  return runtime;
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'runtime-'));
  lines = [];
});

afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop()));
  await rm(folder, { recursive: true });
});

describe('createFunctionRuntime', () => {
  it('gives the handler its event and context, and answers what it returns', async () => {
    const runtime = await runtimeOf(`
      export const handler = async (event, context) => ({
        event, name: context.functionName, left: context.getRemainingTimeInMillis() > 1000,
      });`);

    const result = await runtime.invoke({ a: 1 });

    expect(result.outcome).toBe('succeeded');
    expect(result.outcome === 'succeeded' && JSON.parse(result.payload)).toEqual({
      event: { a: 1 },
      name: 'greet',
      left: true,
    });
  });

  it('gives the function the environment of the template and of Lambda, and nothing of this process', async () => {
    process.env['LEAKED_INTO_A_FUNCTION'] = 'yes';
    const runtime = await runtimeOf('export const handler = async () => process.env;');

    const result = await runtime.invoke({});
    delete process.env['LEAKED_INTO_A_FUNCTION'];

    const environment: unknown = result.outcome === 'succeeded' && JSON.parse(result.payload);
    expect(environment).toMatchObject({
      GREETING: 'hello',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'greet',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SESSION_TOKEN: 'token',
    });
    expect(environment).not.toHaveProperty('LEAKED_INTO_A_FUNCTION');
    expect(environment).not.toHaveProperty('PATH');
  });

  it('keeps a worker for the next invocation', async () => {
    const runtime = await runtimeOf('let calls = 0; export const handler = async () => ++calls;');

    await runtime.invoke({});
    const second = await runtime.invoke({});

    expect(second).toEqual({ outcome: 'succeeded', payload: '2' });
  });

  it('runs invocations at the same time in several workers, and queues more than those', async () => {
    const runtime = await runtimeOf(`
      export const handler = () => new Promise((done) => setTimeout(() => done(Date.now()), 200));`);

    const results = await Promise.all(Array.from({ length: 6 }, () => runtime.invoke({})));

    expect(results.every(({ outcome }) => outcome === 'succeeded')).toBe(true);
  });

  it('writes what the function prints into its log group', async () => {
    const runtime = await runtimeOf(`
      export const handler = async () => { console.log('to stdout'); console.error('to stderr'); };`);

    await runtime.invoke({});

    await expect.poll(() => lines).toEqual(expect.arrayContaining(['/greet to stdout', '/greet to stderr']));
  });

  it.each([
    ['throws', `throw new TypeError('no')`, 'TypeError', 'no'],
    [
      'crashes behind',
      `setTimeout(() => { throw new Error('late') }, 10); return new Promise(() => {})`,
      'Runtime.UnhandledError',
      'late',
    ],
    ['ends its process', 'process.exit(3); return new Promise(() => {})', 'Runtime.ExitError', 'code 3'],
    ['takes too long', 'return new Promise(() => {})', 'Sandbox.Timedout', 'timed out after 0.30 seconds'],
    ['never yields', 'for (;;) {}', 'Sandbox.Timedout', 'timed out after 0.30 seconds'],
  ])(
    'fails the invocation when the handler %s, and serves the next one',
    async (_name, body, errorType, message) => {
      const runtime = await runtimeOf(
        `export const handler = async (event) => { if (event.bad) { ${body} } return 'fine'; };`,
        { timeoutSeconds: 0.3 },
      );

      const failed = await runtime.invoke({ bad: true });
      const next = await runtime.invoke({ bad: false });

      expect(failed).toMatchObject({ outcome: 'failed', error: { errorType } });
      expect(failed.outcome === 'failed' && failed.error.errorMessage).toContain(message);
      expect(next).toEqual({ outcome: 'succeeded', payload: '"fine"' });
    },
  );

  it('fails an invocation that needs more memory than the function has, and serves the next one', async () => {
    const runtime = await runtimeOf(
      `export const handler = async (event) => {
        const held = [];
        while (event.bad) held.push(new Array(100_000).fill({}));
        return 'fine';
      };`,
      { memoryMegabytes: 64, timeoutSeconds: 20 },
    );

    const failed = await runtime.invoke({ bad: true });

    expect(failed).toMatchObject({ outcome: 'failed', error: { errorType: 'Runtime.UnhandledError' } });
    expect(await runtime.invoke({ bad: false })).toEqual({ outcome: 'succeeded', payload: '"fine"' });
  });

  it('fails invocations of a bundle that cannot be loaded, and tries a fresh worker each time', async () => {
    const runtime = await runtimeOf(`throw new Error('needs NODES_TABLE'); export const handler = 1;`);

    const first = await runtime.invoke({});
    const second = await runtime.invoke({});

    for (const result of [first, second]) {
      expect(result).toMatchObject({ outcome: 'failed', error: { errorMessage: 'needs NODES_TABLE' } });
    }
  });

  it('fails invocations of a bundle that lacks the handler', async () => {
    const runtime = await runtimeOf('export const other = 1;');

    const result = await runtime.invoke({});

    expect(result.outcome === 'failed' && result.error.errorMessage).toContain('exports no function handler');
  });

  it('says where it looked when the bundle is missing', async () => {
    await expect(runtimeOf('', { handler: 'main.handler' })).rejects.toThrow('holds no main.mjs');
  });
});
