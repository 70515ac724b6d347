/** Where something was written: `distributed_hosts.yaml:12:5`, or the name of a variable. */
type Source = string;

/** Something of the old configuration that is not, or not quite, in the new one. Never its value: it could be a secret. */
interface Leftover {
  /** `hosts.*.ssh_user`: a key of every host is one leftover. */
  readonly key: string;
  /** Of the first. */
  readonly source: Source;
  readonly times: number;
  /** `changed`: it was converted, and means a little less or more now. */
  readonly kind: 'no-equivalent' | 'unknown' | 'secret' | 'changed';
  readonly why: string;
}

/** What the agent of one machine has to be told: fleet.yaml has no nodes, they enrol. */
interface AgentSettings {
  readonly host: string;
  readonly provider: string;
  readonly instanceId?: string;
  readonly role?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly trains: boolean;
  readonly ephemeral: boolean;
  readonly dataPaths: readonly string[];
}

interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly source: Source;
}

/** A problem in words that begin with where. */
interface Problem {
  readonly source: Source;
  readonly text: string;
}

/** What a conversion gathers. */
class Draft {
  readonly settings: Setting[] = [];
  readonly agents: AgentSettings[] = [];
  readonly problems: Problem[] = [];
  readonly #leftovers = new Map<string, Leftover>();

  set(path: readonly string[], value: unknown, source: Source): void {
    this.settings.push({ path, value, source });
  }

  leave(key: string, source: Source, kind: Leftover['kind'], why: string): void {
    const id = `${key}\n${why}`;
    const known = this.#leftovers.get(id);
    this.#leftovers.set(
      id,
      known === undefined ? { key, source, times: 1, kind, why } : { ...known, times: known.times + 1 },
    );
  }

  problem(source: Source, text: string): void {
    this.problems.push({ source, text });
  }

  get leftovers(): Leftover[] {
    return [...this.#leftovers.values()];
  }
}

/** Names that hold secrets, in files and in environments. */
const isSecretName = (name: string): boolean =>
  /(secret|passw(or)?d|token|api_?key|access_?key|private_?key|ssh_?key|credential)/i.test(name);

const SECRET_WHY =
  "a secret is never copied: a provider's key is put by `drover providers login <provider>`, nodes enrol with a token of `drover nodes token`";

export type { AgentSettings, Leftover, Problem, Setting, Source };
export { Draft, isSecretName, SECRET_WHY };
