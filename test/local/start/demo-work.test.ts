import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { missingEvidence } from '../../../lib/work/check-evidence.ts';
import { fillCommand } from '../../../lib/work/fill-command.ts';
import { resolveParameters } from '../../../lib/work/resolve-parameters.ts';
import { idleLoad, trainingLoad } from '../../../local/providers/load.ts';
import { workEnvironment } from '../../../local/start/demo-work.ts';
import { starterConfig } from '../../../local/start/starter-config.ts';

const run = promisify(execFile);
const PROGRAMS = join(import.meta.dirname, '..', '..', '..', 'local', 'start', 'machine-programs');
const { templates } = starterConfig('enforce').work;

describe('the work of the first fleet', () => {
  it('is for machines that work, so that idle ones still end', () => {
    expect(workEnvironment(trainingLoad)).toEqual({ DROVER_LABELS: 'plays=yes' });
    expect(workEnvironment(idleLoad)).toEqual({});
    expect(templates['play-games']?.requires.labels).toEqual({ plays: 'yes' });
  });

  it('is a program that shows what it did', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drover-demo-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const template = templates['play-games'];
    if (template?.command === undefined) throw new Error('there is no program');
    const [program, ...args] = fillCommand(
      template.command,
      resolveParameters(template, { games: 2, seed: 7 }),
    );
    const result = join(folder, 'result.json');

    const { stdout } = await run(join(PROGRAMS, program), args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], DROVER_RESULT: result, DROVER_WORK_ID: 'w-0123456789ab' },
    });

    expect(stdout).toMatch(/^game 1 of 2: the (first|second) player wins\ngame 2 of 2: /);
    const evidence = JSON.parse(readFileSync(result, 'utf8'));
    expect(evidence).toEqual({ gamesPlayed: 2, seed: 7 });
    expect(missingEvidence(template.evidence, evidence)).toBeUndefined();
    const lines = readFileSync(join(folder, 'games.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { work: 'w-0123456789ab', game: 1 },
      { work: 'w-0123456789ab', game: 2 },
    ]);
  });
});
