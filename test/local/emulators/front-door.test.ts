import { CloudFormationServiceException, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import type { LambdaFunctionUrlEvent } from '../../../local/emulators/function-urls.ts';
import { clientsOf, keysWithPolicy, refusalOf, start } from './support/front-door.ts';

describe('the front door', () => {
  let cloud: FrontDoor;

  beforeAll(async () => {
    cloud = await start();
  });
  afterAll(() => cloud.stop());

  it('listens on 127.0.0.1 only, and says when the port is taken', async () => {
    expect(cloud.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const port = Number(new URL(cloud.endpoint).port);
    await expect(start({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('refuses unsigned requests and services that it does not have', async () => {
    expect((await fetch(`${cloud.endpoint}/bucket/key`)).status).toBe(403);
    const authorization = `AWS4-HMAC-SHA256 Credential=${cloud.principals.operator.accessKeyId}/20260101/x/kinesis/aws4_request`;
    const other = await fetch(cloud.endpoint, { headers: { authorization } });
    expect(other.status).toBe(501);
    expect(await other.text()).toContain('no service kinesis');
  });

  it('takes a presigned query for a signature', async () => {
    const credential = encodeURIComponent(
      `${cloud.principals.operator.accessKeyId}/20260101/x/s3/aws4_request`,
    );
    const response = await fetch(
      `${cloud.endpoint}/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${credential}`,
    );
    expect(await response.text()).toContain('<ListAllMyBucketsResult');
  });

  it('describes stacks and their outputs', async () => {
    const { cloudFormation } = clientsOf(cloud);
    cloud.stacks.put({ name: 'my-stack', outputs: { Url: 'http://x/?a=1&b=<2>' } });
    const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'my-stack' }));
    expect(Stacks).toMatchObject([
      {
        StackName: 'my-stack',
        StackStatus: 'CREATE_COMPLETE',
        Outputs: [{ OutputKey: 'Url', OutputValue: 'http://x/?a=1&b=<2>' }],
      },
    ]);
    expect((await cloudFormation.send(new DescribeStacksCommand({}))).Stacks).toHaveLength(1);
    const missing = cloudFormation.send(new DescribeStacksCommand({ StackName: 'none' }));
    await expect(missing).rejects.toBeInstanceOf(CloudFormationServiceException);
    await expect(missing).rejects.toThrow('Stack with id none does not exist');
    expect((await refusalOf(missing)).name).toBe('ValidationError');
  });

  it('serves function URLs with the event that Lambda gives', async () => {
    const seen: LambdaFunctionUrlEvent[] = [];
    const url = cloud.functionUrls.mount('abc', (event) => {
      seen.push(event);
      return Promise.resolve({ statusCode: 201, headers: { 'x-test': 'yes' }, body: '{"ok":true}' });
    });
    expect(url).toBe(`${cloud.endpoint}/lambda-url/abc/`);
    const response = await fetch(`${url}enroll?a=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"hello":"ü"}',
    });
    expect([response.status, response.headers.get('x-test'), await response.json()]).toEqual([
      201,
      'yes',
      { ok: true },
    ]);
    expect(seen[0]).toMatchObject({
      version: '2.0',
      rawPath: '/enroll',
      rawQueryString: 'a=1',
      queryStringParameters: { a: '1' },
      headers: { 'content-type': 'application/json' },
      requestContext: { http: { method: 'POST', path: '/enroll', sourceIp: '127.0.0.1' } },
      body: '{"hello":"ü"}',
      isBase64Encoded: false,
    });
    await fetch(url, { method: 'POST', body: new Uint8Array([255, 0]) });
    expect(seen[1]).toMatchObject({ rawPath: '/', body: '/wA=', isBase64Encoded: true });
  });

  it('answers 404 for an unknown function URL and 502 when its handler fails', async () => {
    const url = cloud.functionUrls.mount('broken', () => Promise.reject(new Error('bug')));
    expect((await fetch(url)).status).toBe(502);
    expect((await fetch(`${cloud.endpoint}/lambda-url/none/`)).status).toBe(404);
  });
});

describe('the front door while the stack is being made', () => {
  it('tells everybody but the operator to come back, instead of refusing them for good', async () => {
    let ready = false;
    const cloud = await start({ isReady: () => ready });
    try {
      const node = keysWithPolicy(cloud, 'node', []);
      const asNode = clientsOf(cloud, node).s3.send(new ListBucketsCommand({}));
      expect(await refusalOf(asNode)).toEqual({ name: 'ServiceUnavailable', status: 503 });
      expect(
        (await fetch(cloud.functionUrls.mount('abc', () => Promise.reject(new Error('bug'))))).status,
      ).toBe(503);
      await clientsOf(cloud).s3.send(new ListBucketsCommand({}));

      ready = true;
      const later = clientsOf(cloud, node).s3.send(new ListBucketsCommand({}));
      expect(await refusalOf(later)).toEqual({ name: 'AccessDenied', status: 403 });
    } finally {
      await cloud.stop();
    }
  });
});
