import { afterAll, describe, it } from 'vitest';
import { synthesize } from '../../local/synth.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { scenario } from './support/scenario.ts';
import type { CloudKind } from './support/scenario-cloud.ts';
import { openStage, type Stage } from './support/scenario-stage.ts';

/** Far above what any check takes: the machine may be busy. */
const PATIENCE_SECONDS = 20;

const stages = new Map<CloudKind, Promise<Stage>>();

const stageOf = (kind: CloudKind): Promise<Stage> => {
  const open = async (): Promise<Stage> => {
    const assemblyFolder = await synthesize();
    const { template } = await readAssembly(assemblyFolder);
    return openStage({ kind, assemblyFolder, template, patienceSeconds: PATIENCE_SECONDS });
  };
  const stage = stages.get(kind) ?? open();
  stages.set(kind, stage);
  return stage;
};

afterAll(async () => {
  for (const stage of stages.values()) await (await stage).close();
});

describe('the wiring of the stack', () => {
  // What schedules start is in schedules.test.ts. Not it.each, which cuts long names off.
  for (const { name, cloud, run } of scenario.filter(({ cloud }) => cloud !== 'scheduled')) {
    it(name, async () => run(await stageOf(cloud)));
  }
});
