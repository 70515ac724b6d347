import { describe, expect, it } from 'vitest';
import { defaultProvider } from '../../functions/lambda-credentials.ts';

describe('defaultProvider', () => {
  it('reads the keys of the role that Lambda puts into the environment', async () => {
    const provide = defaultProvider(undefined, {
      AWS_ACCESS_KEY_ID: 'ASIA1',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
    });

    expect(await provide()).toEqual({
      accessKeyId: 'ASIA1',
      secretAccessKey: 'secret',
      sessionToken: 'token',
    });
  });

  it('takes keys without a session, as a person has them', async () => {
    const provide = defaultProvider(undefined, {
      AWS_ACCESS_KEY_ID: 'AKIA1',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });

    expect(await provide()).toEqual({ accessKeyId: 'AKIA1', secretAccessKey: 'secret' });
  });

  it('names what is missing and shows no value', async () => {
    const provide = defaultProvider(undefined, { AWS_ACCESS_KEY_ID: 'ASIA1' });

    await expect(provide()).rejects.toThrow(/AWS_SECRET_ACCESS_KEY/);
    await expect(provide()).rejects.not.toThrow(/ASIA1/);
  });
});
