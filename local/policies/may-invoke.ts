import { ACCOUNT_ID } from '../arns.ts';
import type { FunctionDefinition, FunctionPermission, Wiring } from '../resources/wiring.ts';
import { matchesGlob } from './service-may.ts';

const permissionsOf = (wiring: Wiring, { name, arn }: FunctionDefinition): FunctionPermission[] =>
  wiring.permissions.filter(({ functionName }) => functionName === name || functionName === arn);

/** Whether a `AWS::Lambda::Permission` lets `service` invoke the function on behalf of `sourceArn`. */
const serviceMayInvoke = (
  wiring: Wiring,
  definition: FunctionDefinition,
  service: string,
  sourceArn: string,
): boolean =>
  permissionsOf(wiring, definition).some(
    (permission) =>
      permission.action === 'lambda:InvokeFunction' &&
      permission.principal === service &&
      permission.invokedViaFunctionUrl !== true &&
      (permission.sourceArn === undefined || matchesGlob(permission.sourceArn, sourceArn)) &&
      (permission.sourceAccount === undefined || permission.sourceAccount === ACCOUNT_ID),
  );

/** Whether anybody may call the function's URL without credentials: since October 2025 AWS wants both permissions. */
const anyoneMayCallUrl = (wiring: Wiring, definition: FunctionDefinition): boolean => {
  const open = permissionsOf(wiring, definition).filter(({ principal }) => principal === '*');
  return (
    open.some(
      ({ action, functionUrlAuthType }) =>
        action === 'lambda:InvokeFunctionUrl' && (functionUrlAuthType ?? 'NONE') === 'NONE',
    ) &&
    open.some(
      ({ action, invokedViaFunctionUrl }) =>
        action === 'lambda:InvokeFunction' && invokedViaFunctionUrl === true,
    )
  );
};

export { anyoneMayCallUrl, serviceMayInvoke };
