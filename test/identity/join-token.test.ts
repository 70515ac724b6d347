import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PermanentError } from '../../lib/errors.ts';
import { formatJoinToken, isSignedBy, readJoinToken } from '../../lib/identity/join-token.ts';
import { mintJoinToken } from '../../lib/identity/mint-join-token.ts';
import { equalInConstantTime, hashSecret } from '../../lib/identity/secret-hash.ts';
import { createJoinTokenVerifier } from '../../lib/identity/verify-join-token.ts';
import { createTestClock } from '../nodes/fixtures.ts';
import { createInstallation } from './fixtures.ts';

const key = Buffer.alloc(32, 7);
const isOurs = (token: string): boolean => {
  const parts = readJoinToken(token);
  return parts !== undefined && isSignedBy(key, parts);
};

describe('join tokens', () => {
  it('knows its own and no other', () => {
    const token = formatJoinToken(key, '0123456789abcdef', 1_800_000_000);
    expect(token).toMatch(/^drover_0123456789abcdef_1800000000_[\w-]{43}$/);
    expect(isOurs(token)).toBe(true);
    expect(isOurs(formatJoinToken(Buffer.alloc(32, 8), '0123456789abcdef', 1_800_000_000))).toBe(false);
  });

  it('refuses every change of any character', () => {
    const token = formatJoinToken(key, '0123456789abcdef', 1_800_000_000);
    fc.assert(
      fc.property(
        fc.nat(token.length - 1),
        fc.constantFrom(...'0123456789abcdefABCXYZ_-.='),
        (at, letter) => {
          const changed = token.slice(0, at) + letter + token.slice(at + 1);
          // The last character of 43 carries two bits that decode to nothing, but the text is compared, not the bytes.
          return changed === token || !isOurs(changed);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    '',
    'x',
    'drover_',
    'drover_0123456789abcdef_1_short',
    'DROVER_0123456789abcdef_1_a',
    'a'.repeat(600),
  ])('does not take %j for a token', (text) => {
    expect(readJoinToken(text)).toBeUndefined();
  });

  it('compares whole secrets of any length', () => {
    expect(equalInConstantTime('a', 'a')).toBe(true);
    expect(equalInConstantTime('a', 'ab')).toBe(false);
    expect(equalInConstantTime('', hashSecret(''))).toBe(false);
  });
});

describe('mintJoinToken', () => {
  it('stores the hash, never the token, and audits who minted it', async () => {
    const { mint, identity, audit } = createInstallation();
    const { token, tokenId, expiresAt } = await mint(2, 60);
    expect(expiresAt).toBe('2026-01-31T12:01:00.000Z');
    const stored = await identity.getToken(hashSecret(token));
    expect(stored).toMatchObject({ tokenId, usesLeft: 2, createdBy: 'arn:aws:iam::1:user/op' });
    expect(JSON.stringify(stored)).not.toContain(token);
    const [row] = await audit.listByAction('mint-join-token', 5);
    expect(row).toMatchObject({ actor: 'arn:aws:iam::1:user/op', subject: `token:${tokenId}` });
    expect(JSON.stringify(row)).not.toContain(token);
  });

  it.each([
    [0, 1],
    [1.5, 1],
    [31 * 24 * 3600, 1],
    [60, 0],
    [60, 1001],
    [Number.NaN, 1],
  ])('refuses a ttl of %d s with %d uses', async (ttlSeconds, uses) => {
    const { ports } = createInstallation();
    await expect(mintJoinToken(ports, { ttlSeconds, uses, createdBy: 'x' })).rejects.toThrow(PermanentError);
  });
});

describe('createJoinTokenVerifier', () => {
  it('reads the key once, and never for what is not shaped like a token', async () => {
    const { mint, identity } = createInstallation();
    const { token } = await mint();
    let reads = 0;
    const verifier = createJoinTokenVerifier(
      {
        signingKey: () => {
          reads += 1;
          return identity.signingKey();
        },
      },
      createTestClock(),
    );
    expect(await verifier.verify('not-a-token')).toBeUndefined();
    expect(reads).toBe(0);
    expect(await verifier.verify(token)).toBe(hashSecret(token));
    expect(await verifier.verify(formatJoinToken(key, '0123456789abcdef', 1))).toBeUndefined();
    expect(reads).toBe(1);
  });

  it('finds the key of the first mint also when it was asked before, at most once a second', async () => {
    const { mint, identity, clock } = createInstallation();
    let reads = 0;
    const verifier = createJoinTokenVerifier(
      {
        signingKey: () => {
          reads += 1;
          return identity.signingKey();
        },
      },
      clock,
    );
    const forged = formatJoinToken(key, '0123456789abcdef', 1);
    for (let call = 0; call < 5; call += 1) {
      expect(await verifier.verify(forged)).toBeUndefined();
    }
    expect(reads).toBe(1);
    const { token } = await mint();
    clock.advance(1);
    expect(await verifier.verify(token)).toBe(hashSecret(token));
  });
});
