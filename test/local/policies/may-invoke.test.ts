import { describe, expect, it } from 'vitest';
import { anyoneMayCallUrl, serviceMayInvoke } from '../../../local/policies/may-invoke.ts';
import {
  createWiring,
  type FunctionDefinition,
  type FunctionPermission,
  type Wiring,
} from '../../../local/resources/wiring.ts';

const definition: FunctionDefinition = {
  name: 'greet',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:greet',
  roleArn: 'arn:aws:iam::000000000000:role/greet',
  codeFolder: '/nowhere',
  handler: 'index.handler',
  environment: {},
  timeoutSeconds: 3,
  memoryMegabytes: 128,
  logGroup: '/greet',
  deadLetterArn: undefined,
};
const rule = 'arn:aws:events:us-east-1:000000000000:rule/greet';

const permission = (changes: Partial<FunctionPermission>): FunctionPermission => ({
  functionName: definition.arn,
  action: 'lambda:InvokeFunction',
  principal: 'events.amazonaws.com',
  sourceArn: rule,
  sourceAccount: undefined,
  functionUrlAuthType: undefined,
  invokedViaFunctionUrl: undefined,
  ...changes,
});

const wiringOf = (...permissions: FunctionPermission[]): Wiring => {
  const wiring = createWiring();
  wiring.permissions.push(...permissions);
  return wiring;
};

describe('serviceMayInvoke', () => {
  it.each([
    ['the exact permission', permission({}), true],
    ['the function by name', permission({ functionName: 'greet' }), true],
    ['any source', permission({ sourceArn: undefined }), true],
    ['another function', permission({ functionName: 'part' }), false],
    ['another source', permission({ sourceArn: `${rule}-2` }), false],
    ['another account', permission({ sourceAccount: '111111111111' }), false],
    ['another service', permission({ principal: 's3.amazonaws.com' }), false],
    ['only Function URLs', permission({ invokedViaFunctionUrl: true }), false],
  ])('with a permission for %s: %s', (_name, given, expected) => {
    expect(serviceMayInvoke(wiringOf(given), definition, 'events.amazonaws.com', rule)).toBe(expected);
  });

  it('refuses without a permission', () => {
    expect(serviceMayInvoke(wiringOf(), definition, 'events.amazonaws.com', rule)).toBe(false);
  });
});

describe('anyoneMayCallUrl', () => {
  const url = permission({
    principal: '*',
    sourceArn: undefined,
    action: 'lambda:InvokeFunctionUrl',
    functionUrlAuthType: 'NONE',
  });
  const invoke = permission({ principal: '*', sourceArn: undefined, invokedViaFunctionUrl: true });

  it.each([
    ['both permissions', [url, invoke], true],
    ['the first alone', [url], false],
    ['the second alone', [invoke], false],
    ['none', [], false],
    ['one for signed calls', [{ ...url, functionUrlAuthType: 'AWS_IAM' }, invoke], false],
  ])('with %s: %s', (_name, permissions, expected) => {
    expect(anyoneMayCallUrl(wiringOf(...permissions), definition)).toBe(expected);
  });
});
