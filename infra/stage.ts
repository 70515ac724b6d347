import type { Node } from 'constructs';
import { STAGE_PATTERN } from '../lib/constants.ts';

/** Something that a person wrote into `cdk.json` or after `-c` is wrong. The message is all that they see. */
class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const DEFAULT_STAGE = 'dev';

/** Stages that are made to be thrown away, alone or with a suffix: `dev`, `dev-ann`, `ci-42`. */
const THROWAWAY_STAGE = /^(dev|local|test|ci)(-|$)/;

/**
 * The stage to synthesize: `-c stage=<name>`, else `dev`.
 * @throws ConfigurationError when the name could not be part of every resource's name.
 */
const readStage = (node: Node): string => {
  const stage: unknown = node.tryGetContext('stage') ?? DEFAULT_STAGE;
  if (typeof stage === 'string' && STAGE_PATTERN.test(stage)) return stage;
  throw new ConfigurationError(
    `stage ${JSON.stringify(stage)} is not a stage name: use 1 to 12 lower-case letters, digits and dashes, a letter first, e.g. -c stage=prod`,
  );
};

/**
 * Whether the stage's tables and logs survive `cdk destroy` and are protected from deletion. Everything is,
 * but for stages that are made to be thrown away; the artifact bucket survives in every stage.
 */
const keepsState = (stage: string): boolean => !THROWAWAY_STAGE.test(stage);

export { ConfigurationError, keepsState, readStage };
