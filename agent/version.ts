/** The agent's version, as it stands in package.json (a test holds them together). */
const AGENT_VERSION = '0.1.0';

export { AGENT_VERSION };
