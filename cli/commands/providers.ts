import type { Command } from 'commander';
import * as z from 'zod';
import { LISTED_PROVIDERS } from '../../lib/constants.ts';
import type { InstanceRecord } from '../../lib/providers/instance-record.ts';
import { listingTrust, type ProviderState } from '../../lib/providers/provider-state.ts';
import { isIdleBilling } from '../../lib/providers/summarize-instances.ts';
import { secondsSince } from '../../lib/time.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { formatSeconds } from '../duration.ts';
import { EXIT, type ExitCode } from '../exit.ts';
import { formatUsd } from '../output/usd.ts';
import { addProviderLoginCommand } from './providers-login.ts';

/** Instances that cost money and do nothing: no agent, or not running. */
const wasteOf = (records: readonly InstanceRecord[]) =>
  records
    .filter((record) => record.unmanagedAt !== undefined || isIdleBilling(record))
    .filter(({ goneAt }) => goneAt === undefined)
    .map(({ instance, unmanagedAt, withoutNodeSince, meter }) => ({
      instanceId: instance.instanceId,
      name: instance.name,
      status: instance.status,
      rawStatus: instance.rawStatus,
      why:
        unmanagedAt !== undefined ? `no agent since ${withoutNodeSince ?? '?'}` : 'not running, but billed',
      microUsdPerHour: meter.charge.microUsdPerHour,
    }));

const describeListing = (state: ProviderState | undefined, now: Date): string => {
  if (state === undefined) return 'never asked: no key, or no cycle yet';
  const age = state.listedAt === undefined ? '' : `${formatSeconds(secondsSince(state.listedAt, now))} old`;
  const failure =
    state.failure === undefined ? '' : `; failing since ${state.failure.since}: ${state.failure.message}`;
  switch (listingTrust(state, now)) {
    case 'fresh':
      return `${age}${failure}`;
    case 'stale':
      return `STALE, ${age}${failure}`;
    case 'suspect':
      return `SUSPECT, held back since ${state.suspect?.since}: ${state.suspect?.missing} of ${state.suspect?.known} missing at once`;
    case 'never-listed':
      return `NEVER LISTED${failure}`;
  }
};

const status = async (_: object, session: Session): Promise<ExitCode> => {
  const { stores } = await session.connect();
  const { io, screen } = session;
  const now = io.clock.now();
  const states = new Map((await stores.providerStates.list()).map((state) => [state.provider, state]));
  const providers = await Promise.all(
    LISTED_PROVIDERS.map(async (provider) => {
      const state = states.get(provider);
      return {
        provider,
        trust: listingTrust(state, now),
        listing: describeListing(state, now),
        state,
        waste: wasteOf(await stores.instances.list(provider)),
        breakers: (await stores.paces.list(provider))
          .filter(({ pace }) => pace.breaker !== 'closed')
          .map(({ bucket, pace }) => ({ bucket, breaker: pace.breaker, until: pace.breakerUntil })),
      };
    }),
  );
  screen.show(
    {
      providers: providers.map(({ state, ...rest }) => ({
        ...rest,
        listedAt: state?.listedAt,
        failure: state?.failure,
        suspect: state?.suspect,
        counts: state?.counts,
        spend: state?.spend,
      })),
    },
    () => {
      const table = screen.table(
        ['PROVIDER', 'INSTANCES', 'RUNNING', 'UNMANAGED', 'NOW', 'TODAY', 'MONTH', 'LISTING'],
        providers.map(({ provider, state, listing }) => {
          const { counts, spend } = state ?? {};
          const more = (spend?.unpricedCount ?? 0) > 0 ? '+' : '';
          return [
            provider,
            counts === undefined ? '?' : String(counts.listed),
            counts === undefined ? '?' : String(counts.running),
            counts === undefined ? '?' : String(counts.unmanaged),
            spend === undefined ? '?' : `${formatUsd(spend.microUsdPerHour)}/h${more}`,
            spend === undefined ? '?' : `${formatUsd(spend.dayMicroUsd)}${more}`,
            spend === undefined ? '?' : `${formatUsd(spend.monthMicroUsd)}${more}`,
            listing,
          ];
        }),
      );
      const waste = providers.flatMap(({ provider, waste: found }) =>
        found.map((each) => [
          provider,
          each.instanceId,
          each.name ?? '',
          each.rawStatus,
          each.microUsdPerHour === undefined ? 'unknown' : `${formatUsd(each.microUsdPerHour)}/h`,
          each.why,
        ]),
      );
      const breakers = providers.flatMap(({ provider, breakers: open }) =>
        open.map(
          ({ bucket, breaker, until }) => `${provider} "${bucket}": breaker ${breaker} until ${until ?? '?'}`,
        ),
      );
      return [
        table,
        ...(waste.length === 0
          ? []
          : ['', screen.table(['PROVIDER', 'INSTANCE', 'NAME', 'STATUS', 'COSTS', 'WHY IT IS HERE'], waste)]),
        ...(breakers.length === 0 ? [] : ['', ...breakers]),
      ].join('\n');
    },
  );
  const asked = providers.filter(({ state }) => state !== undefined);
  return asked.every(({ trust }) => trust === 'fresh') ? EXIT.ok : EXIT.failed;
};

const addProviderCommands = (program: Command, host: CommandHost): void => {
  const providers = program.command('providers').description('GPU clouds: keys, listings, what they cost');
  addProviderLoginCommand(providers, host);
  defineCommand(providers, host, {
    usage: 'status',
    description: 'How old each listing is, what is listed, what costs money for nothing',
    input: z.object({}),
    examples: ['drover providers status', 'drover providers status --json'],
    run: status,
  });
};

export { addProviderCommands };
