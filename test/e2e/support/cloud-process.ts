import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Profile, profileSchema } from '../../../cli/profile.ts';
import { OUTPUTS } from '../../../lib/constants.ts';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { type RunningProcess, startProcess } from './run-process.ts';
import { createSimClient, type SimClient } from './sim-client.ts';
import { waitFor } from './wait-for.ts';

/** A port that is free now. */
const freePort = async (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null
          ? resolve(address.port)
          : reject(new Error('no port is free')),
      );
    });
  });

interface CloudProcess {
  readonly cloud: ReachableCloud;
  /** What the simulated providers are asked behind their backs. */
  readonly sim: SimClient;
  readonly running: RunningProcess;
}

/** `npm start` as a process that can be killed, without agents of its own unless `flags` say so; `port` is kept over restarts. */
const startCloudProcess = async (
  dataFolder: string,
  port: number,
  flags: readonly string[] = ['--nodes', '0'],
): Promise<CloudProcess> => {
  const running = startProcess(join('local', 'bin.js'), [
    ...flags,
    ...['--port', String(port), '--data', dataFolder],
  ]);
  const file = join(dataFolder, 'profile.json');
  await waitFor(
    () => running.stdout().includes('Try, in another terminal') && existsSync(file),
    90,
    () => `npm start to be ready; it wrote ${running.stdout()} ${running.stderr()}`,
  );
  const profile = profileSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  const [baseUrl = ''] = Object.values(profile.providerUrls ?? {});
  return { cloud: cloudOf(profile), sim: createSimClient(new URL(baseUrl).origin), running };
};

/** What it takes to call the cloud behind a profile. */
const cloudOf = ({
  endpoint = '',
  region,
  accessKeyId = '',
  secretAccessKey = '',
  ...profile
}: Profile): ReachableCloud => ({
  endpoint,
  region,
  outputs: {
    [OUTPUTS.eventBusName]: profile.eventBusName,
    [OUTPUTS.enrolmentUrl]: profile.enrolmentUrl,
    [OUTPUTS.artifactBucket]: profile.artifactBucket,
  },
  operatorEnvironment: () => ({
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  }),
});

export { freePort, startCloudProcess };
