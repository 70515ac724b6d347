/** The first import of the agent, so that an old Node gets one line instead of the warnings and errors of what follows. */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `drover-agent: needs Node 22.12 or newer, this is ${process.versions.node}: install a newer Node, or start the agent with one by its path\n`,
  );
  // As for other mistakes of the one who starts it: a restart changes nothing.
  process.exit(2);
}
