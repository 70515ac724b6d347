import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { artifactPath } from '../../lib/artifacts/artifact.ts';
import { findArtifacts } from '../../lib/sync/find-artifacts.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatBytes } from '../output/bytes.ts';
import { createProgress } from '../output/progress.ts';
import { pullObject } from '../pull-object.ts';
import { queryOptions, queryShape, readQuery } from './sync-query.ts';

const pullSchema = z.object({ ...queryShape, to: z.string().min(1) });

const pull = async (input: z.infer<typeof pullSchema>, session: Session): Promise<ExitCode> => {
  const { stores, clients, installation } = await session.connect();
  const { io, screen, globals } = session;
  const artifacts = await findArtifacts(stores.artifacts, readQuery(input));
  const files: { path: string; artifactId: string; bytes: number; outcome: string }[] = [];
  for (const artifact of artifacts) {
    const path = join(resolve(input.to), artifactPath(artifact));
    const progress = createProgress(io, globals.json, artifact.fileName, artifact.bytes);
    try {
      const outcome = await pullObject(artifact, path, {
        s3: clients.s3,
        bucket: installation.profile.artifactBucket,
        signal: io.signal,
        onBytes: (bytes) => progress.advance(bytes),
      });
      files.push({ path, artifactId: artifact.artifactId, bytes: artifact.bytes, outcome });
    } finally {
      progress.stop();
    }
  }
  screen.show({ files }, () =>
    files.length === 0
      ? screen.bad('Nothing in the store matches.')
      : files.map(({ path, bytes, outcome }) => `${outcome}  ${path}  ${formatBytes(bytes)}`).join('\n'),
  );
  return files.length === 0 ? EXIT.failed : EXIT.ok;
};

/** `drover sync pull` */
const addSyncPullCommand = (group: Command, host: CommandHost): void =>
  defineCommand(group, host, {
    usage: 'pull',
    description:
      'Brings artifacts to this machine; goes on where it was interrupted, replaces and deletes nothing',
    options: [...queryOptions, { flags: '--to <folder>', description: 'where to' }],
    input: pullSchema,
    examples: ['drover sync pull --kind games --name hex8_2p --newest 10 --to ./data'],
    run: pull,
  });

export { addSyncPullCommand };
