import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBundles } from '../../infra/bundles.ts';

const assembly = (resources: Record<string, unknown>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'drover-assembly-'));
  const write = (file: string, content: unknown) =>
    writeFileSync(join(folder, file), JSON.stringify(content));
  write('manifest.json', {
    artifacts: {
      Tree: { type: 'cdk:tree' },
      'drover-dev': {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'drover-dev.template.json' },
      },
    },
  });
  write('drover-dev.template.json', { Resources: resources });
  return folder;
};

describe('readBundles', () => {
  it('finds the module of each function', () => {
    const folder = assembly({
      Table: { Type: 'AWS::DynamoDB::Table', Properties: {} },
      Route: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'drover-dev-route-events',
          Code: { S3Bucket: 'assets', S3Key: 'abc.zip' },
          Environment: {
            Variables: {
              EVENT_BUS_NAME: { Ref: 'Bus' },
              STAGE: 'dev',
              QUEUE: { 'Fn::Join': ['', ['arn:aws:sqs:', { Ref: 'AWS::Region' }, ':queue']] },
            },
          },
        },
      },
    });
    mkdirSync(join(folder, 'asset.abc'));
    writeFileSync(join(folder, 'asset.abc', 'index.mjs'), 'x'.repeat(1234));

    expect(readBundles(folder)).toEqual([
      {
        functionName: 'drover-dev-route-events',
        file: join(folder, 'asset.abc', 'index.mjs'),
        bytes: 1234,
        environment: { EVENT_BUS_NAME: 'not-deployed', STAGE: 'dev', QUEUE: 'arn:aws:sqs:us-east-1:queue' },
      },
    ]);
  });

  it('says what to do when nothing was synthesized', () => {
    expect(() => readBundles(join(tmpdir(), 'no-such-assembly'))).toThrow(/run npm run synth first/);
    expect(() => readBundles(assembly({}))).toThrow(/has no functions/);
  });
});
