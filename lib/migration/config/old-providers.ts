/** The provider of a host: its own word, or what its name begins with. */
interface OldProvider {
  readonly provider: 'lambda-labs' | 'vast' | 'runpod' | 'static';
  /** Does Drover have an adapter, or is it the user's own machine? */
  readonly known: boolean;
  /** Machines of this provider may vanish at any moment (events-and-queue 4.4). */
  readonly ephemeral: boolean;
}

const OWN: OldProvider = { provider: 'static', known: true, ephemeral: false };
const OTHER: OldProvider = { provider: 'static', known: false, ephemeral: false };

const providers: readonly (readonly [RegExp, OldProvider])[] = [
  [/^lambda([-_. ]?labs)?/i, { provider: 'lambda-labs', known: true, ephemeral: false }],
  [/^vast([-_.]?ai)?/i, { provider: 'vast', known: true, ephemeral: true }],
  [/^runpod/i, { provider: 'runpod', known: true, ephemeral: true }],
  [/^(local|static|mac|mbp)/i, OWN],
  [/^(nebius|vultr|hetzner|aws)/i, OTHER],
];

/** What a provider's name, or a host's, stands for. */
const providerOf = (name: string): OldProvider =>
  providers.find(([pattern]) => pattern.test(name))?.[1] ?? OTHER;

export { providerOf };
