import { relative } from 'node:path';
import picocolors from 'picocolors';

interface BannerFacts {
  readonly endpoint: string;
  /** The simulated providers. */
  readonly providers: readonly { readonly provider: string; readonly baseUrl: string }[];
  readonly nodes: number;
  /** Of them, those that idle shutdown leaves alone because they work. */
  readonly working: number;
  /** The campaigns that keep them busy with jobs; none is said where there is none. */
  readonly campaigns: readonly string[];
  /** What happens to idle ones. */
  readonly idle: string;
  readonly seconds: number;
  readonly dataFolder: string;
  readonly profile: string;
  /** Whether the `drover` command finds the profile by itself from here. */
  readonly profileIsFound: boolean;
  readonly workingFolder: string;
}

const near = (path: string, workingFolder: string): string => {
  const short = relative(workingFolder, path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
};

const count = (nodes: number): string => (nodes === 1 ? '1 agent' : `${nodes} agents`);

/** What runs, what to do next, where to look: printed once when all is up. */
const banner = (facts: BannerFacts): string => {
  const data = near(facts.dataFolder, facts.workingFolder);
  const drover = facts.profileIsFound
    ? 'npx drover'
    : `npx drover --profile ${near(facts.profile, facts.workingFolder)}`;
  const { bold, dim } = picocolors;
  return [
    `${bold('Drover is running')} ${dim(`(ready in ${facts.seconds.toFixed(1)} s; Ctrl-C stops everything)`)}`,
    '',
    ...[
      ['cloud', facts.endpoint],
      ...facts.providers.map(({ provider, baseUrl }) => [provider, `${baseUrl} ${dim('(simulated)')}`]),
      ['nodes', `${count(facts.nodes)}, files in ${data}/nodes/<n>`],
      ['idle', facts.idle],
      ...(facts.campaigns.length === 0
        ? []
        : [['work', `${facts.campaigns.join(', ')}: ${drover} work list --watch shows its jobs`]]),
      ['logs', `${data}/logs`],
      ['profile', near(facts.profile, facts.workingFolder)],
    ].map(([what = '', where]) => `  ${what.padEnd(13)}${where}`),
    '',
    'Try, in another terminal:',
    '',
    `  head -c 50000000 /dev/urandom > demo.pth`,
    `  ${drover} artifacts publish demo.pth --kind model --name demo --version 1`,
    `  ${drover} models promote demo@1 --yes`,
    `  ${drover} artifacts wait demo@1 --min ${Math.max(facts.working, 1)}`,
    '',
  ].join('\n');
};

export type { BannerFacts };
export { banner };
