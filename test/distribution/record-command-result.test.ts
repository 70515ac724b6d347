import { beforeEach, describe, expect, it } from 'vitest';
import { commandResultSchema } from '../../lib/commands/command-result.ts';
import { consumedEventSchema } from '../../lib/distribution/consumed-event.ts';
import { dispatchEvent } from '../../lib/distribution/dispatch-event.ts';
import { recordCommandProgress, recordCommandResult } from '../../lib/distribution/record-command-result.ts';
import { PermanentError } from '../../lib/errors.ts';
import { derivedId } from '../../lib/ids.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import {
  type FileCommand,
  type Fleet,
  failed,
  makeArtifact,
  makeFleet,
  makeNode,
  nodeIdOf,
  policy,
  START,
  sentFiles,
  sha256,
  succeeded,
} from './fixtures.ts';

const model = makeArtifact();
const nodeId = nodeIdOf(1);

/** A fleet of one node that was sent the model. */
const prepare = async () => {
  const fleet = await makeFleet([makeNode(1)], [model]);
  const event = consumedEventSchema.parse({
    name: 'ModelPromoted',
    eventId: 'event-1',
    occurredAt: toTimestamp(START),
    fields: { artifactId: model.artifactId },
  });
  await dispatchEvent(fleet, event, policy);
  const [command] = sentFiles(fleet);
  if (command === undefined) throw new Error('nothing was sent');
  return { fleet, command };
};

const rowOf = (fleet: Fleet) => fleet.deliveries.get(model.artifactId, nodeId);

describe('recordCommandResult', () => {
  let fleet: Fleet;
  let command: FileCommand;
  beforeEach(async () => {
    ({ fleet, command } = await prepare());
  });

  it('tells once how long the answer took, by our clock and the queue’s, whatever the agent’s says', async () => {
    const told: number[] = [];
    const ports = { ...fleet, tellAnswerSeconds: (seconds: number) => void told.push(seconds) };

    await recordCommandResult(ports, nodeId, succeeded(command), addSeconds(START, 42));
    await recordCommandResult(ports, nodeId, succeeded(command), addSeconds(START, 50));

    expect(told).toEqual([42]);
  });

  it('takes a proof into row, META, distribution, ledger and slots', async () => {
    await recordCommandResult(fleet, nodeId, succeeded(command), START);
    expect(await rowOf(fleet)).toMatchObject({ state: 'verified', currentPromotedAt: toTimestamp(START) });
    expect((await fleet.artifacts.get(model.artifactId))?.replicaNodeIds).toEqual([nodeId]);
    const distributionId = derivedId('d', 'event-1', model.artifactId);
    expect((await fleet.distributions.get(distributionId))?.verifiedNodeIds).toEqual([nodeId]);
    expect((await fleet.commands.get(command.commandId))?.status).toBe('succeeded');
    expect(fleet.slots.holders()).toEqual({});
  });

  it.each([
    ['another artifact', { artifactId: sha256('other') }],
    ['another size', { bytes: 1 }],
  ])('[sync#7.5-7] does not accept a success that proves %s', async (_what, changes) => {
    const result = succeeded({ ...command, ...changes });
    await expect(recordCommandResult(fleet, nodeId, result, START)).rejects.toThrow(PermanentError);
    expect(await rowOf(fleet)).toMatchObject({ state: 'sent' });
    expect((await fleet.artifacts.get(model.artifactId))?.replicaNodeIds).toEqual([]);
  });

  it('does not accept a success without any proof', async () => {
    const { file: _none, ...bare } = { file: undefined, ...succeeded(command) };
    await expect(recordCommandResult(fleet, nodeId, { ...bare }, START)).rejects.toThrow('got no file');
  });

  it('does not accept the answer of another node, to an unknown command, or of another attempt', async () => {
    const result = succeeded(command);
    const attempts = [
      recordCommandResult(fleet, nodeIdOf(2), result, START),
      recordCommandResult(fleet, nodeId, { ...result, commandId: 'c-unknown' }, START),
      recordCommandResult(fleet, nodeId, { ...result, attempt: 2 }, START),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toThrow(PermanentError);
    expect(await rowOf(fleet)).toMatchObject({ state: 'sent' });
  });

  it('[sync#13-7] does nothing for a repeated report', async () => {
    await recordCommandResult(fleet, nodeId, succeeded(command), START);
    const published = fleet.publisher.published.length;
    const row = await rowOf(fleet);
    await recordCommandResult(fleet, nodeId, succeeded(command), START);
    await recordCommandResult(fleet, nodeId, failed(command, 'stalled'), START);
    expect(await rowOf(fleet)).toEqual(row);
    expect(fleet.publisher.published).toHaveLength(published);
  });

  it('[sync#13-8] takes a proof that comes after the attempt was given up', async () => {
    await recordCommandResult(fleet, nodeId, failed(command, 'deadline-passed'), START);
    expect(await rowOf(fleet)).toMatchObject({ state: 'pending' });
    await recordCommandResult(fleet, nodeId, succeeded(command), addSeconds(START, 999));
    expect(await rowOf(fleet)).toMatchObject({ state: 'verified' });
  });

  it('frees the slot and keeps the reason when an attempt fails', async () => {
    await recordCommandResult(fleet, nodeId, failed(command, 'checksum-mismatch'), START);
    expect(await rowOf(fleet)).toMatchObject({
      state: 'failed',
      lastFailure: { class: 'checksum-mismatch', message: 'it was checksum-mismatch' },
    });
    expect(fleet.slots.holders()).toEqual({});
    const [distribution] = await fleet.distributions.list(1);
    expect(distribution?.failedNodes).toEqual({
      [nodeId]: 'checksum-mismatch: it was checksum-mismatch',
    });
    expect(fleet.publisher.published.at(-1)).toMatchObject({
      name: 'DeliveryFailed',
      fields: { final: true },
    });
  });

  it('keeps a long reason whole in the row and short in the distribution, whose item has an end', async () => {
    const failure = { class: 'structure-invalid', message: 'x'.repeat(2000) };
    const answer = commandResultSchema.parse({ ...failed(command, 'structure-invalid'), failure });
    await recordCommandResult(fleet, nodeId, answer, START);
    expect((await rowOf(fleet))?.lastFailure?.message).toHaveLength(2000);
    const [distribution] = await fleet.distributions.list(1);
    expect(distribution?.failedNodes[nodeId]).toMatch(/^structure-invalid: x{281}$/);
  });

  it('sends it again when a holder finds its copy gone', async () => {
    await recordCommandResult(fleet, nodeId, succeeded(command), START);
    const verify = { ...makeVerify(command), nodeId };
    await fleet.commands.put(verify);
    await recordCommandResult(fleet, nodeId, failed(verify, 'not-found'), START);
    expect((await fleet.artifacts.get(model.artifactId))?.replicaNodeIds).toEqual([]);
    await dispatchEvent(fleet, consumedEventSchema.parse(fleet.publisher.published.at(-1)), policy);
    expect(sentFiles(fleet).at(-1)).toMatchObject({ type: 'pull', attempt: 2 });
  });

  it('keeps the copy when a verify only could not be done', async () => {
    await recordCommandResult(fleet, nodeId, succeeded(command), START);
    const verify = { ...makeVerify(command), nodeId };
    await fleet.commands.put(verify);
    await recordCommandResult(fleet, nodeId, failed(verify, 'interrupted'), START);
    expect(await rowOf(fleet)).toMatchObject({ state: 'verified' });
    expect((await fleet.artifacts.get(model.artifactId))?.replicaNodeIds).toEqual([nodeId]);
  });

  it('makes a row for a holder that was never sent to', async () => {
    const verify = { ...makeVerify(command), nodeId: nodeIdOf(5) };
    await fleet.commands.put(verify);
    await recordCommandResult(fleet, nodeIdOf(5), succeeded(verify), START);
    expect(await fleet.deliveries.get(model.artifactId, nodeIdOf(5))).toMatchObject({
      state: 'verified',
      attempt: 0,
    });
  });

  it('sends the file to a holder by inventory that has it, but not at its place', async () => {
    const holder = makeNode(5);
    await fleet.nodes.create(holder);
    await fleet.artifacts.addNodeReplica(model.artifactId, holder.nodeId);
    const verify = { ...makeVerify(command), nodeId: holder.nodeId };
    await fleet.commands.put(verify);
    await recordCommandResult(fleet, holder.nodeId, failed(verify, 'not-found'), START);
    await dispatchEvent(fleet, consumedEventSchema.parse(fleet.publisher.published.at(-1)), policy);
    expect(sentFiles(fleet).at(-1)).toMatchObject({ type: 'pull', nodeId: holder.nodeId, attempt: 1 });
  });

  it('drops the replica after a delete', async () => {
    await recordCommandResult(fleet, nodeId, succeeded(command), START);
    const { artifactId, path } = command;
    const base = makeVerify(command);
    const remove = {
      schemaVersion: 1,
      commandId: 'c-delete',
      nodeId,
      attempt: 1,
      issuedAt: base.issuedAt,
      deadlineAt: base.deadlineAt,
      type: 'delete',
      artifactId,
      path,
    } as const;
    await fleet.commands.put(remove);
    const done = { commandId: 'c-delete', attempt: 1, commandType: 'delete', outcome: 'succeeded' } as const;
    await recordCommandResult(fleet, nodeId, done, START);
    expect((await fleet.artifacts.get(model.artifactId))?.replicaNodeIds).toEqual([]);
  });
});

const makeVerify = (command: FileCommand) =>
  ({
    schemaVersion: 1,
    commandId: 'c-verify',
    nodeId,
    attempt: 1,
    issuedAt: toTimestamp(START),
    deadlineAt: toTimestamp(addSeconds(START, 60)),
    type: 'verify',
    artifactId: command.artifactId,
    kind: 'model',
    name: 'hex8_2p',
    version: '12',
    bytes: command.bytes,
    path: command.path,
  }) as const;

describe('recordCommandProgress', () => {
  it('moves the row on, and ignores progress of an attempt that ended', async () => {
    const { fleet, command } = await prepare();
    const progress = { commandId: command.commandId, attempt: 1, bytesDone: 5, bytesTotal: 2_000_000 };
    await recordCommandProgress(fleet, nodeId, progress, START);
    expect(await rowOf(fleet)).toMatchObject({ state: 'transferring', bytesDone: 5 });
    await recordCommandResult(fleet, nodeId, failed(command, 'stalled'), START);
    await recordCommandProgress(fleet, nodeId, { ...progress, bytesDone: 9 }, START);
    expect(await rowOf(fleet)).toMatchObject({ state: 'pending', bytesDone: 5 });
  });

  it('refuses progress of a command that was given to another node', async () => {
    const { fleet, command } = await prepare();
    const progress = { commandId: command.commandId, attempt: 1, bytesDone: 5, bytesTotal: 9 };
    await expect(recordCommandProgress(fleet, nodeIdOf(2), progress, START)).rejects.toThrow(PermanentError);
  });
});
