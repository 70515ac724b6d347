// `npm test`: everything that must hold before a change goes in, in the order of what fails fastest.
// Plain JavaScript, so that an old Node gets one clear line instead of a syntax error.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Drover's tests need Node 22.18 or newer, this is ${process.version}. npm ci installs Node 24 for Linux and Windows (x64, arm64): run npm test, or update Node.`,
  );
  process.exit(1);
}

const scratch = mkdtempSync(join(tmpdir(), 'drover-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const vitest = (name, projects = [name]) => [
  'vitest',
  'run',
  ...projects.flatMap((project) => ['--project', project]),
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${join(scratch, `${name}.json`)}`,
];

const steps = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint and format', command: ['biome', 'check', '.'] },
  { name: 'rules and lessons', command: ['npm', 'run', '--silent', 'rules'] },
  { name: 'synth (with cdk-nag)', command: ['npm', 'run', '--silent', 'synth'] },
  { name: 'bundle sizes and init times', command: ['npm', 'run', '--silent', 'sizes'] },
  {
    name: 'unit, property and contract tests',
    command: vitest('unit', ['unit', 'unit-processes']),
    report: 'unit',
  },
  { name: 'end-to-end tests', command: vitest('e2e'), report: 'e2e' },
];

/** How many tests vitest counted; nothing when it ended before it wrote its report. */
const readCounts = (report) => {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(
      readFileSync(join(scratch, `${report}.json`), 'utf8'),
    );
    return { passed: numPassedTests, failed: numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
};

const environment = {
  ...process.env,
  PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`,
  // Hundreds of processes load the same SDKs and the CDK: they are compiled once.
  NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'compiled'),
};
let passed = 0;
let failed = 0;
let broken;
for (const { name, command, report } of steps) {
  const [program = '', ...parameters] = command;
  console.log(`\n── ${name}`);
  const start = performance.now();
  const { status, error } = spawnSync(program, parameters, {
    cwd: root,
    env: environment,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const counts = report === undefined ? { passed: 0, failed: 0 } : readCounts(report);
  passed += counts.passed;
  failed += counts.failed;
  if (status !== 0) {
    broken = name;
    const why = error === undefined ? `exit code ${status ?? 'none, it was killed'}` : error.message;
    console.error(`── ${name}: failed after ${seconds} s (${why}): ${command.join(' ')}`);
    break;
  }
  console.log(`── ${name}: ok, ${seconds} s`);
}

// A step that is no test, or that died before its report, counts as one failure: never "0 failed" when something broke.
console.log(`\n${passed} passed, ${broken !== undefined && failed === 0 ? 1 : failed} failed`);
process.exitCode = broken === undefined ? 0 : 1;
