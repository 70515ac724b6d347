import './require-node.ts';

const [first, ...rest] = process.argv.slice(2);
// Each is loaded only when it is wanted: who puts a file waits for the start of this program.
if (first === 'put' || first === 'notice') {
  const { runPutCommand } = await import('./sync/put-command.ts');
  process.exitCode = await runPutCommand(first, rest, process.env, {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  });
} else {
  const { startAgent } = await import('./start-agent.ts');
  await startAgent();
}
