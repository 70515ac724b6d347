import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import { AwsSolutionsChecks } from 'cdk-nag';
import { DroverStack } from './drover-stack.ts';
import { readStage } from './stage.ts';

/**
 * The CDK app, with every finding of cdk-nag an error. The feature flags are set here and not in `cdk.json`,
 * so that the template is the same however the app is run: by the CLI, the embedded cloud or a test.
 * @throws ConfigurationError when the stage is not one.
 */
const createDroverApp = (
  props: Pick<AppProps, 'context' | 'outdir'> = {},
): { app: App; stack: DroverStack } => {
  const app = new App({
    ...props,
    context: { ...CURRENTLY_RECOMMENDED_FLAGS, ...props.context },
    analyticsReporting: false,
    treeMetadata: false,
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return { app, stack: new DroverStack(app, readStage(app.node)) };
};

export { createDroverApp };
