import type { Command } from 'commander';
import * as z from 'zod';
import { createClients } from '../clients.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';
import { LOCAL_REGION } from '../installation.ts';
import { lookUpStack } from '../look-up-stack.ts';
import { stageSchema } from '../profile.ts';
import { profilesPath, readProfiles, writeProfiles } from '../profile-files.ts';

const inputSchema = z.object({
  stage: stageSchema,
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'use letters, digits, _ and -')
    .optional(),
});

const regionOf = ({ globals, io }: Session): string => {
  const region = globals.region ?? io.environment['AWS_REGION'] ?? io.environment['AWS_DEFAULT_REGION'];
  if (region) return region;
  if (globals.endpoint) return LOCAL_REGION;
  throw new UsageError('which region? Say --region <region> or set AWS_REGION');
};

const connect = async (input: z.infer<typeof inputSchema>, session: Session): Promise<void> => {
  const { io, screen, globals } = session;
  const target = { stage: input.stage, region: regionOf(session), endpoint: globals.endpoint };
  const profile = await lookUpStack(createClients(target).cloudFormation, target);
  const name = input.name ?? input.stage;
  const path = profilesPath(io);
  const file = await readProfiles(path);
  await writeProfiles(path, {
    ...file,
    defaultProfile: name,
    profiles: { ...file.profiles, [name]: profile },
  });
  const { accessKeyId: _, secretAccessKey: __, ...shown } = profile;
  screen.show({ name, path, default: true, profile: shown }, () =>
    [
      `Connected to stage ${screen.strong(profile.stage)} at ${profile.endpoint ?? profile.region}; profile "${name}" in ${path} is the default now.`,
      `Next: drover status`,
    ].join('\n'),
  );
};

const addConnectCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'connect',
    description: 'Find a deployed stack, write a profile of it and make it the default (needs --stage)',
    options: [{ flags: '--name <name>', description: "the profile's name (default: the stage)" }],
    input: inputSchema,
    examples: [
      'drover connect --stage prod --region us-east-1',
      'drover connect --stage local --endpoint http://127.0.0.1:4570',
    ],
    run: connect,
  });

export { addConnectCommand };
