/**
 * A home of the agent's own, and where it looks for data that nobody claims: there and in its data folder, never in the
 * home of whoever runs this.
 */
const agentHome = (home: string, dataFolder: string): Record<string, string> =>
  process.platform === 'win32'
    ? { USERPROFILE: home }
    : { HOME: home, DROVER_DATA_PATHS: [...new Set([dataFolder, home])].join(':') };

export { agentHome };
