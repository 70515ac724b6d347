import { describe, expect, it } from 'vitest';
import { createMemoryProviderSecrets } from '../../lib/providers/memory-provider-secrets.ts';
import { createProviderKeys } from '../../lib/providers/provider-keys.ts';
import { createTestClock } from '../nodes/fixtures.ts';

const prepare = async () => {
  const secrets = createMemoryProviderSecrets();
  const clock = createTestClock();
  await secrets.write('vast', '{"apiKey":"old"}');
  return { secrets, clock, keys: createProviderKeys(secrets, clock) };
};

describe('createProviderKeys', () => {
  it('reads a key once in five minutes, and anew when it is asked to', async () => {
    const { secrets, clock, keys } = await prepare();
    expect(await keys.get('vast')).toEqual({ apiKey: 'old' });
    await secrets.write('vast', '{"apiKey":"new"}');
    clock.advance(299);
    expect(await keys.get('vast')).toEqual({ apiKey: 'old' });
    expect(await keys.reload('vast')).toEqual({ apiKey: 'new' });
    await secrets.write('vast', '{"apiKey":"newer"}');
    clock.advance(300);
    expect(await keys.get('vast')).toEqual({ apiKey: 'newer' });
  });

  it('knows no key where nobody logged in, and asks again the next time', async () => {
    const { secrets, keys } = await prepare();
    expect(await keys.get('runpod')).toBeUndefined();
    await secrets.write('runpod', '{"apiKey":"r"}');
    expect(await keys.get('runpod')).toEqual({ apiKey: 'r' });
  });

  it.each(['not json: s3cret', '{"apiKey":""}', '{"key":"s3cret"}'])(
    'refuses %j without quoting it',
    async (text) => {
      const { secrets, keys } = await prepare();
      await secrets.write('runpod', text);
      const error = await keys.get('runpod').catch((thrown: unknown) => thrown);
      expect(String(error)).toContain('drover providers login runpod');
      expect(String(error)).not.toContain('s3cret');
    },
  );
});
