import { createDroverApp } from './drover-app.ts';
import { ConfigurationError } from './stage.ts';

try {
  createDroverApp().app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
