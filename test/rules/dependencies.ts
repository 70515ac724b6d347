import type { ImportedModule, SourceFile, Violation } from './source-file.ts';

/** What one top-level folder may import from the others. Its own files are always allowed. */
interface Layer {
  readonly allows: (imported: ImportedModule & { readonly path: string }) => boolean;
  readonly hint: string;
}

const isAdapter = (path: string): boolean =>
  /(^|\/)(dynamo|memory)-[^/]*$/.test(path) || path.startsWith('lib/aws/');
const isStore = (path: string): boolean => path.endsWith('-store.ts');
const isFeature = (path: string): boolean => /^lib\/[^/]+\//.test(path);
const featureOf = (path: string): string => path.split('/')[1] ?? '';

/** `npm start` prints the next steps and enrols its agents, so it needs these; nothing else of `local/` does. */
const START_NEEDS: readonly string[] = ['cli/profile.ts', 'agent/build.ts'];
const isStart = (path: string): boolean => /^local\/(start|synth)[^/]*$|^local\/start\//.test(path);

const layers: Readonly<Record<string, Layer>> = {
  infra: {
    allows: ({ path }) =>
      path.startsWith('infra/') || path === 'lib/constants.ts' || path === 'lib/events/catalogue.ts',
    hint: 'infra/ takes names and numbers from lib/constants.ts and lib/events/catalogue.ts only',
  },
  functions: {
    allows: ({ path }) => path.startsWith('functions/') || path.startsWith('lib/'),
    hint: 'functions/ imports lib/ only',
  },
  lib: {
    allows: ({ path }) => path.startsWith('lib/'),
    hint: 'lib/ holds the rules and knows no edge: pass what it needs in through a port',
  },
  agent: {
    allows: ({ path, typeOnly }) =>
      path.startsWith('agent/') ||
      (path.startsWith('lib/') && !isAdapter(path) && (typeOnly || !isStore(path))),
    hint: 'agent/ imports schemas and pure functions of lib/: no store, no adapter, nothing of lib/aws',
  },
  cli: {
    allows: ({ path }) => path.startsWith('cli/') || path.startsWith('lib/'),
    hint: 'cli/ imports lib/ only',
  },
  local: {
    allows: ({ path }) => path.startsWith('local/'),
    hint: 'local/ learns all from the synthesized template, so that what works there is what deploys',
  },
};

const mayImport = (from: string, imported: ImportedModule & { readonly path: string }): boolean => {
  const layer = layers[from.split('/')[0] ?? ''];
  if (layer === undefined) {
    // test/ and bench/ look at everything.
    return true;
  }
  const isStartException =
    isStart(from) && (START_NEEDS.includes(imported.path) || imported.path.startsWith('lib/'));
  // The version number is everybody's.
  return layer.allows(imported) || isStartException || imported.path === 'package.json';
};

/** Another feature's adapter is its own affair: only functions/, cli/ and its own feature choose one. */
const reachesIntoAdapter = (from: string, path: string): boolean =>
  isFeature(from) && isAdapter(path) && !path.startsWith('lib/aws/') && featureOf(from) !== featureOf(path);

const isSdk = (specifier: string): boolean =>
  specifier.startsWith('@aws-sdk/') || specifier.startsWith('@smithy/');
const isDecision = (path: string): boolean => /(^|\/)decide-[^/]*$/.test(path);

const checkImport = (file: SourceFile, imported: ImportedModule): Violation[] => {
  const found: Violation[] = [];
  const report = (rule: string, message: string): void => {
    found.push({ rule, path: file.path, line: imported.line, message });
  };
  const layer = layers[file.path.split('/')[0] ?? ''];
  if (imported.path !== undefined && layer !== undefined) {
    if (!mayImport(file.path, { ...imported, path: imported.path })) {
      report('layers', `imports ${imported.path}: ${layer.hint}`);
    }
    if (reachesIntoAdapter(file.path, imported.path)) {
      report(
        'adapters',
        `imports ${imported.path}, the adapter of another feature: import the port's type and take it as an argument`,
      );
    }
  }
  if (imported.path === undefined && isDecision(file.path) && isSdk(imported.specifier)) {
    report(
      'pure-decisions',
      `imports ${imported.specifier}: a decision is pure; load what it needs before and pass it in`,
    );
  }
  return found;
};

/** Holds the arrows of docs/contributors/architecture.md: who may import whom. */
const checkDependencies = (files: readonly SourceFile[]): Violation[] =>
  files.flatMap((file) => file.imports.flatMap((imported) => checkImport(file, imported)));

export { checkDependencies };
