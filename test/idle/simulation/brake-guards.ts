import type { Guard } from './guard.ts';
import { ofCycle, seeingInstances, seeingNodes, withoutHolds } from './sabotage.ts';

/** Guards that hold whoever wants the end: holds, the brake, the instance and its listing. */
const BRAKE_GUARDS: readonly Guard[] = [
  {
    name: 'a freeze',
    violation: /under a freeze/,
    sabotage: withoutHolds((scope) => !scope.startsWith('node:')),
    weather: { freeze: 0.05 },
  },
  {
    name: 'protection',
    violation: /what is protected/,
    sabotage: withoutHolds((scope) => scope.startsWith('node:')),
    weather: { protection: 0.3 },
  },
  {
    name: 'holds that must be readable',
    violation: /holds cannot be read/,
    sabotage: ofCycle((ports) => ({
      ...ports,
      holds: { listLive: async (now) => ports.holds.listLive(now).catch(() => []) },
    })),
    weather: { unreadable: 0.1 },
  },
  {
    name: 'the brake on mass failure',
    violation: /mass failure/,
    sabotage: ofCycle((ports) => ({ ...ports, brakeState: async () => 'off' })),
    weather: { massFailure: 0.05 },
  },
  {
    name: 'a brake that must be readable',
    violation: /brake cannot be read/,
    sabotage: ofCycle((ports) => ({
      ...ports,
      brakeState: async (now) => ports.brakeState(now).catch(() => 'off' as const),
    })),
    weather: { unreadable: 0.1 },
  },
  {
    name: "the provider's own lock",
    violation: /provider locks/,
    sabotage: seeingInstances((instance) => ({ ...instance, locked: false })),
    weather: { locked: 0.3 },
  },
  {
    name: 'the confirmed binding',
    violation: /not surely its own/,
    sabotage: seeingNodes((node, now) => {
      const { sourceAddress } = node;
      const at = now.toISOString();
      return {
        ...node,
        binding: { state: 'confirmed', at, ...(sourceAddress === undefined ? {} : { sourceAddress }) },
      };
    }),
    weather: { elsewhere: 0.3 },
  },
  {
    name: 'the fresh listing',
    violation: /by an old listing/,
    sabotage: ofCycle((ports) => ({
      ...ports,
      states: {
        get: async (key) => {
          const state = await ports.states.get(key);
          if (state === undefined) return undefined;
          const { suspect: _suspect, ...rest } = state;
          return { ...rest, listedAt: ports.clock.now().toISOString() };
        },
      },
    })),
    weather: { listFault: 0.75 },
  },
  {
    name: 'the complete listing',
    violation: /by no complete listing/,
    sabotage: {
      reconcile: (ports) => ({
        ...ports,
        provider: {
          ...ports.provider,
          listInstances: async () => ports.provider.listInstances().catch(() => []),
        },
      }),
    },
    weather: { listFault: 0.95 },
  },
];

export { BRAKE_GUARDS };
