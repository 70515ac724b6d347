import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { leaveResults } from '../../../local/start/leave-results.ts';

it('results lie on a machine once it is a node, not before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'results-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'results', 'demo-0001', 'summary.json');

  const leaving = leaveResults(folder, new AbortController().signal);
  await delay(50);
  const before = existsSync(file);
  mkdirSync(join(folder, '.drover'));
  writeFileSync(join(folder, '.drover', 'identity.json'), '{}');
  await leaving;

  expect(before).toBe(false);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ run: 'demo-0001' });
});

it('results are not waited for once all stops', async () => {
  await expect(leaveResults('/nowhere', AbortSignal.abort())).resolves.toBeUndefined();
});
