import type { NodeConfiguration } from '../../lib/commands/node-configuration.ts';
import { digestTemplate, type JobTemplate } from '../../lib/work/job-template.ts';

type RunnableTemplate = JobTemplate & { readonly command: NonNullable<JobTemplate['command']> };

/** Templates by name. */
type OwnTemplates = Readonly<Record<string, RunnableTemplate>>;

type LookUp =
  | { readonly kind: 'found'; readonly template: RunnableTemplate }
  | { readonly kind: 'unknown'; readonly why: string };

/** What stands for the digest of a template of the node's own file. */
const OWN = 'own';

const canRun = (template: JobTemplate | undefined): template is RunnableTemplate =>
  template?.command !== undefined;

/** The job templates that this node knows: those of its own file, then those of `fleet.yaml` unless it refuses them. */
class TemplateBook {
  readonly #own: OwnTemplates;
  readonly #fleet: () => NodeConfiguration['templates'];
  readonly #ownOnly: boolean;

  constructor(own: OwnTemplates, ownOnly: boolean, fleet: () => NodeConfiguration['templates']) {
    this.#own = own;
    this.#ownOnly = ownOnly;
    this.#fleet = fleet;
  }

  /** @param digest of the template that the work was made from; undefined: the node must have its own */
  find(name: string, digest: string | undefined): LookUp {
    const own = Object.hasOwn(this.#own, name) ? this.#own[name] : undefined;
    // Whoever looks after the node decides what it runs.
    if (own !== undefined) return { kind: 'found', template: own };
    if (this.#ownOnly)
      return unknown(`this node runs templates of its own file only, and that has no ${name}`);
    const template = this.#fleetTemplate(name);
    if (!canRun(template)) return unknown(`this node knows no template ${name} that says what to run`);
    if (digest !== digestTemplate(template)) {
      return unknown(`the template ${name} is another one here than the work was made from`);
    }
    return { kind: 'found', template };
  }

  /** For the heartbeat: what this node can run. */
  digests(): Record<string, string> {
    const fleet = this.#ownOnly ? {} : (this.#fleet() ?? {});
    return {
      ...Object.fromEntries(
        Object.entries(fleet).flatMap(([name, template]) =>
          canRun(template) ? [[name, digestTemplate(template)]] : [],
        ),
      ),
      ...Object.fromEntries(Object.keys(this.#own).map((name) => [name, OWN])),
    };
  }

  #fleetTemplate(name: string): JobTemplate | undefined {
    const fleet = this.#fleet() ?? {};
    return Object.hasOwn(fleet, name) ? fleet[name] : undefined;
  }
}

const unknown = (why: string): LookUp => ({ kind: 'unknown', why });

export type { OwnTemplates, RunnableTemplate };
export { TemplateBook };
