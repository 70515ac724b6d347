#!/usr/bin/env node
// Plain JavaScript, so that an old Node can at least read this file and say what is wrong.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `npm start needs Node 22.18 or newer, this is ${process.versions.node}: run \`npm ci\` first (it brings Node 24 on Linux and Windows), or install Node 24\n`,
  );
  process.exit(2);
}

// The emulators use node:sqlite; that it is marked experimental says nothing to the user.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
});

await import('./start.ts');
