import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDynamoIdentityStore } from '../../lib/identity/dynamo-identity-store.ts';
import type { IdentityStore, JoinToken } from '../../lib/identity/identity-store.ts';
import { createMemoryIdentityStore } from '../../lib/identity/memory-identity-store.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { type LocalDynamo, startLocalDynamo } from './local-dynamo.ts';

const A = 'n-00000000000a';
const B = 'n-00000000000b';
const token: JoinToken = {
  tokenHash: 'hash',
  tokenId: '00ff00ff00ff00ff',
  createdAt: atText(0),
  createdBy: 'arn:aws:iam::1:user/x',
  expiresAt: atText(3600),
  usesLeft: 1,
  usedBy: {},
};
let dynamo: LocalDynamo;

beforeAll(async () => {
  dynamo = await startLocalDynamo();
});
afterAll(() => dynamo.stop());

const adapters: [string, () => Promise<IdentityStore>][] = [
  ['memory', async () => createMemoryIdentityStore()],
  ['DynamoDB', async () => createDynamoIdentityStore(dynamo.client, await dynamo.createTable(['key']))],
];

describe.each(adapters)('IdentityStore in %s', (_name, createStore) => {
  let identity: IdentityStore;
  beforeEach(async () => {
    identity = await createStore();
  });

  it('makes one signing key, also in a race, and keeps it', async () => {
    expect(await identity.signingKey()).toBeUndefined();
    const [first, second] = await Promise.all([
      identity.createSigningKey(Buffer.alloc(32, 1)),
      identity.createSigningKey(Buffer.alloc(32, 2)),
    ]);
    expect(first.equals(second)).toBe(true);
    expect(await identity.createSigningKey(Buffer.alloc(32, 3))).toEqual(first);
    expect(await identity.signingKey()).toEqual(first);
  });

  it('gives a token back as it was put', async () => {
    await identity.putToken(token);
    expect(await identity.getToken('hash')).toMatchObject(token);
    expect(await identity.getToken('other')).toBeUndefined();
  });

  it('never gives more uses than the token has, also in a race', async () => {
    await identity.putToken({ ...token, usesLeft: 2 });
    const used = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        identity.useToken('hash', `vast#${index}#boot`, `n-00000000000${index}`, at(1)),
      ),
    );
    expect(used.filter(Boolean)).toHaveLength(2);
    const after = await identity.getToken('hash');
    expect(after?.usesLeft).toBe(0);
    expect(Object.keys(after?.usedBy ?? {})).toHaveLength(2);
  });

  it('takes one use of a machine and remembers its node', async () => {
    await identity.putToken({ ...token, usesLeft: 5 });
    expect(await identity.useToken('hash', 'vast#1#boot', A, at(1))).toBe(true);
    expect(await identity.useToken('hash', 'vast#1#boot', B, at(1))).toBe(false);
    expect(await identity.getToken('hash')).toMatchObject({ usesLeft: 4, usedBy: { 'vast#1#boot': A } });
  });

  it('refuses uses at the expiry and of unknown tokens', async () => {
    await identity.putToken(token);
    expect(await identity.useToken('hash', 'm', A, at(3600))).toBe(false);
    expect(await identity.useToken('other', 'm', A, at(1))).toBe(false);
    expect(await identity.useToken('hash', 'm', A, at(3599))).toBe(true);
  });

  it('revokes tokens by their id', async () => {
    await identity.putToken(token);
    expect(await identity.revokeToken(token.tokenId, at(5))).toBe(true);
    expect(await identity.revokeToken('ffffffffffffffff', at(5))).toBe(false);
    expect(await identity.useToken('hash', 'm', A, at(6))).toBe(false);
    expect((await identity.getToken('hash'))?.revokedAt).toBe(atText(5));
  });

  it('keeps a revocation when a new secret is put', async () => {
    await identity.putSecret({ nodeId: A, secretHash: 'one' });
    await identity.putSecret({ nodeId: A, secretHash: 'two' });
    expect(await identity.getSecret(A)).toMatchObject({ nodeId: A, secretHash: 'two' });
    await identity.revokeSecret(A, at(5));
    await identity.putSecret({ nodeId: A, secretHash: 'three' });
    expect((await identity.getSecret(A))?.revokedAt).toBe(atText(5));
    await identity.revokeSecret(B, at(5));
    expect(await identity.getSecret(B)).toBeUndefined();
  });

  it('binds an instance to one node; only the named previous one can be replaced', async () => {
    expect(await identity.getInstance('vast', '1')).toBeUndefined();
    expect(await identity.bindInstance('vast', '1', A, undefined)).toBe(A);
    expect(await identity.bindInstance('vast', '1', A, undefined)).toBe(A);
    expect(await identity.bindInstance('vast', '1', B, undefined)).toBe(A);
    expect(await identity.bindInstance('vast', '1', B, 'n-00000000000c')).toBe(A);
    expect(await identity.bindInstance('vast', '1', B, A)).toBe(B);
    expect(await identity.getInstance('vast', '1')).toBe(B);
    expect(await identity.bindInstance('runpod', '1', A, undefined)).toBe(A);
  });

  it('lets one of two machines win an instance', async () => {
    const holders = await Promise.all(
      [A, B].map((nodeId) => identity.bindInstance('vast', '1', nodeId, undefined)),
    );
    expect(new Set(holders).size).toBe(1);
  });

  it('counts tries by source and minute', async () => {
    const tries = async (source: string, seconds: number) => identity.countAttempt(source, 2, at(seconds));
    expect([await tries('a', 0), await tries('a', 1), await tries('a', 59)]).toEqual([true, true, false]);
    expect(await tries('b', 1)).toBe(true);
    expect(await tries('a', 60)).toBe(true);
  });
});
