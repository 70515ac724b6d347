import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Cloud } from '../../local/cloud.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { createOperator } from './support/operator.ts';
import { type Finished, projectFolder, startProcess } from './support/run-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

/** Each step of docs/operators/deploy.md that one machine allows, in the order of the document. */

const folder = temporaryFolder('deploy');
const guide = readFileSync(join(projectFolder, 'docs', 'operators', 'deploy.md'), 'utf8');
let cloud: Cloud;
let agent: ReturnType<typeof spawn> | undefined;

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
});
afterAll(async () => {
  agent?.kill('SIGKILL');
  await cloud?.stop();
});

/** The command lines of one section of the guide. */
const commandsOf = (section: string): string[] => {
  const text = guide.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^```bash\n(.*?)\n```$/gms)].map(([, command]) => command ?? '');
};

/** `drover` as somebody has it who has just cloned the project: no profile but the one that `connect` writes. */
const run = (...args: string[]): Promise<Finished> =>
  startProcess(join('cli', 'bin.js'), args, {
    cwd: folder,
    env: { XDG_CONFIG_HOME: join(folder, 'config'), XDG_CACHE_HOME: join(folder, 'cache') },
  }).finished;

const runJson = async <Schema extends z.ZodType>(
  schema: Schema,
  ...args: string[]
): Promise<z.infer<Schema>> => {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect(code, stderr).toBe(0);
  return schema.parse(JSON.parse(stdout));
};

const AGENT_START =
  'DROVER_ENROLMENT_URL=https://….lambda-url.us-east-1.on.aws/ DROVER_JOIN_TOKEN=drover_… node drover-agent.mjs --data /var/lib/drover --provider static --instance-id "$(hostname)"';

describe('docs/operators/deploy.md', () => {
  it('has the steps that the tests below take, and no others', () => {
    expect(commandsOf('There')).toEqual([
      'npx cdk bootstrap',
      'npx cdk deploy -c stage=prod',
      'npx drover connect --stage prod --region us-east-1',
      'npx drover nodes token --ttl 1h --uses 1',
      'npm run build:agent',
      AGENT_START,
    ]);
    expect(commandsOf('Back').slice(0, 2)).toEqual([
      'npx drover uninstall --stage prod',
      'npx cdk destroy -c stage=prod',
    ]);
  });

  it('step 2: the template of the stage prod is made without an account or a network', async () => {
    const output = join(folder, 'cdk.out');
    const cdk = join('node_modules', 'aws-cdk', 'bin', 'cdk');
    const args = ['synth', '--quiet', '-c', 'stage=prod', '--output', output];
    const { code, stderr } = await startProcess(cdk, args, {
      env: { CDK_DISABLE_CLI_TELEMETRY: 'true', AWS_EC2_METADATA_DISABLED: 'true' },
    }).finished;

    expect(code, stderr).toBe(0);
    expect(existsSync(join(output, 'drover-prod.template.json'))).toBe(true);
  });

  it('step 3: `connect` finds the outputs of the stack and writes a profile, and `status` shows the empty fleet', async () => {
    const { code, stderr } = await run('status');
    expect(code).toBe(3);
    expect(stderr).toContain('drover connect');

    const connect = ['connect', '--stage', 'local', '--region', 'us-east-1', '--endpoint', cloud.endpoint];
    expect((await run(...connect)).code).toBe(0);
    const status = await runJson(z.record(z.string(), z.unknown()), 'status');
    expect(status).toMatchObject({ installation: { stage: 'local' }, nodes: { living: 0 } });
  });

  it('steps 4 to 6: the printed line starts the agent that was built, and the node becomes active', async () => {
    const { startCommand } = await runJson(
      z.looseObject({ startCommand: z.string() }),
      ...['nodes', 'token', '--ttl', '1h', '--uses', '1'],
    );
    // The endpoint is the one thing that AWS needs no word about.
    const endpoint = `AWS_ENDPOINT_URL=${cloud.endpoint} `;
    expect(startCommand.startsWith(endpoint)).toBe(true);
    const masked = startCommand
      .slice(endpoint.length)
      .replace(/(ENROLMENT_URL=)\S+/, '$1https://….lambda-url.us-east-1.on.aws/')
      .replace(/(JOIN_TOKEN=drover_)\S+/, '$1…');
    expect(masked).toBe(AGENT_START);

    const built = await startProcess(join('agent', 'build.ts'), []).finished;
    expect(built.code, built.stderr).toBe(0);
    const machine = join(folder, 'node');
    mkdirSync(machine);
    copyFileSync(join(projectFolder, 'dist', 'drover-agent.mjs'), join(machine, 'drover-agent.mjs'));
    agent = spawn(
      'sh',
      ['-c', `exec env ${startCommand.replace('/var/lib/drover', join(machine, 'data'))}`],
      {
        cwd: machine,
        env: { PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` },
        stdio: 'ignore',
      },
    );

    const nodesSchema = z.object({ nodes: z.array(z.looseObject({ lifecycle: z.string() })) });
    await waitFor(
      async () => {
        const { nodes } = await runJson(nodesSchema, 'nodes', 'list');
        return nodes.length === 1 && nodes[0]?.lifecycle === 'active';
      },
      30,
      'the node to become active',
    );
  });

  it('back: `uninstall` deletes the queues that were made at run time, and prints the next line', async () => {
    const ended = new Promise((resolve) => agent?.once('exit', resolve));
    agent?.kill('SIGTERM');
    expect(await ended).toBe(0);
    const operator = createOperator(cloud);
    const [node] = await operator.stores.nodes.listByLifecycle(['active']);

    const { deletedQueues, next } = await runJson(
      z.object({ deletedQueues: z.array(z.string()), next: z.string() }),
      ...['uninstall', '--stage', 'local', '--yes'],
    );

    expect(deletedQueues.map((url) => url.slice(url.lastIndexOf('/') + 1))).toEqual([
      `drover-local-node-${node?.nodeId}`,
    ]);
    expect(next).toBe('npx cdk destroy -c stage=local');
    const again = await runJson(
      z.object({ deletedQueues: z.array(z.string()) }),
      ...['uninstall', '--stage', 'local', '--yes'],
    );
    expect(again.deletedQueues).toEqual([]);
  });
});
