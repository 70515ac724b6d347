#!/usr/bin/env node
// Plain JavaScript, so that an old Node can at least read this file and say what is wrong.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `drover needs Node 22.18 or newer, this is ${process.versions.node}: run it by \`npx drover\` inside the project, or install Node 24\n`,
  );
  process.exit(2);
}

await import('./main.ts');
