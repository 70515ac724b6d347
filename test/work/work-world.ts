import { expect } from 'vitest';
import { derivedId } from '../../lib/ids.ts';
import { heartbeatSchema } from '../../lib/nodes/heartbeat.ts';
import { renewLeases } from '../../lib/nodes/renew-leases.ts';
import { addSeconds } from '../../lib/time.ts';
import { dispatchWork } from '../../lib/work/dispatch-work.ts';
import { refusalOf } from '../../lib/work/node-fit.ts';
import { recordWork } from '../../lib/work/record-work.ts';
import { sweepWork } from '../../lib/work/sweep-work.ts';
import { isEnded, type WorkItem } from '../../lib/work/work-item.ts';
import { type WorkReport, workReportSchema } from '../../lib/work/work-report.ts';
import { breakable } from './breakable.ts';
import { createWorkplace, makeItem, makeWorker, nodeIdOf, workIdOf } from './work-fixture.ts';

type Place = Awaited<ReturnType<typeof createWorkplace>>;
type Handle = Pick<WorkReport, 'token' | 'workId' | 'attempt'>;
type Ending = 'succeeded' | 'failed' | 'released';

/** An agent as the control plane sees it: it never starts a token twice, nor past its deadline, nor while it drains. */
interface Agent {
  readonly nodeId: string;
  readonly running: Map<string, Handle>;
  readonly known: Set<string>;
  isDraining: boolean;
  isSilent: boolean;
  seq: number;
}

const SLOTS = 2;
const BEAT_SECONDS = 30;

/** An installation with agents and a reports queue in which anything may happen; what must hold is checked after each step. */
class WorkWorld {
  readonly #place: Place;
  readonly #ports: Place['ports'];
  readonly #breaker: { after(writes: number): void; mend(): void };
  readonly #agents: Agent[];
  readonly #reports: { readonly nodeId: string; readonly report: WorkReport }[] = [];
  readonly #submitted: string[] = [];
  readonly #ended = new Map<string, WorkItem>();
  /** Ids of the events of every lease that started or ended. */
  readonly #owed = new Set<string>();
  readonly #maxItems: number;

  private constructor(place: Place, agents: Agent[], maxItems: number) {
    this.#place = place;
    this.#agents = agents;
    this.#maxItems = maxItems;
    const { ports, breaker } = breakable({
      ...place.ports,
      nodes: { ...place.ports.nodes, grantLease: this.#watchedGrant(place) },
      work: { ...place.ports.work, replace: this.#watchedReplace(place) },
    });
    this.#ports = ports;
    this.#breaker = breaker;
  }

  static async create(nodes: number, items: number): Promise<WorkWorld> {
    const workers = Array.from({ length: nodes }, (_, index) => WorkWorld.#worker(index));
    const agents = workers.map(({ nodeId }) => WorkWorld.#agent(nodeId));
    const world = new WorkWorld(await createWorkplace(workers), agents, items);
    for (let index = 0; index < items / 2; index += 1) await world.submit();
    return world;
  }

  static #worker(index: number) {
    return makeWorker(index + 1, { heartbeat: { slots: { total: SLOTS, free: SLOTS } } });
  }

  static #agent(nodeId: string): Agent {
    return { nodeId, running: new Map(), known: new Set(), isDraining: false, isSilent: false, seq: 0 };
  }

  /** No lease is granted to a node that may not have it, whoever asks. */
  #watchedGrant({ ports, clock }: Place): Place['ports']['nodes']['grantLease'] {
    return async (nodeId, revision, token, lease) => {
      const node = await ports.nodes.get(nodeId);
      const isGranted = await ports.nodes.grantLease(nodeId, revision, token, lease);
      const item = await ports.work.get(lease.workId);
      if (isGranted && node !== undefined && item !== undefined) {
        const fit = {
          policies: [],
          isHeld: () => false,
          paused: false,
          fullDiskPercent: 93,
          now: clock.now(),
        };
        expect(refusalOf(node, item, fit)).toBeUndefined();
      }
      return isGranted;
    };
  }

  /** Whatever is written of a lease is owed to whoever listens. */
  #watchedReplace({ ports }: Place): Place['ports']['work']['replace'] {
    const names = {
      succeeded: 'WorkSucceeded',
      failed: 'WorkFailed',
      retried: 'WorkReturned',
      returned: 'WorkReturned',
      cancelled: 'WorkCancelled',
    };
    return async (item) => {
      if (!(await ports.work.replace(item))) return false;
      const { workId, lease, settled } = item;
      if (lease?.startedAt !== undefined) this.#owed.add(derivedId('e', 'WorkStarted', workId, lease.token));
      if (settled !== undefined) this.#owed.add(derivedId('e', names[settled.as], workId, settled.token));
      return true;
    };
  }

  /** A crash in the middle is what the next run has to live with. */
  async #survive(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      if (!String(error).includes('crash')) throw error;
      return false;
    }
  }

  async submit(): Promise<void> {
    if (this.#submitted.length >= this.#maxItems) return;
    const workId = workIdOf(this.#submitted.length + 1);
    const dependency = this.#submitted.length % 3 === 2 ? this.#submitted.at(-1) : undefined;
    const item = makeItem({ workId, createdAt: this.#now(), availableAt: this.#now() });
    this.#submitted.push(workId);
    await this.#place.ports.work.create(
      dependency === undefined ? item : { ...item, status: 'blocked', waitsFor: [dependency] },
    );
  }

  async dispatch(): Promise<void> {
    await this.#survive(() => dispatchWork(this.#ports));
  }

  async sweep(): Promise<void> {
    await this.#survive(() => sweepWork(this.#ports));
  }

  /** Time passes, and whoever is not silent beats in it. */
  async wait(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= BEAT_SECONDS) {
      this.#place.clock.advance(Math.min(left, BEAT_SECONDS));
      for (const index of this.#agents.keys()) await this.beat(index);
    }
  }

  /** Nothing is heard of the node from now on, or again; what it runs goes on. */
  silence(index: number): void {
    const agent = this.#agentAt(index);
    if (agent !== undefined) agent.isSilent = !agent.isSilent;
  }

  breakAfter(writes: number): void {
    this.#breaker.after(writes);
  }

  #now(): string {
    return this.#place.clock.now().toISOString();
  }

  #agentAt(index: number): Agent | undefined {
    return this.#agents[index];
  }

  async beat(index: number): Promise<void> {
    const agent = this.#agentAt(index);
    const node = agent && (await this.#place.ports.nodes.get(agent.nodeId));
    if (agent === undefined || node === undefined || node.lifecycle === 'lost') return;
    if (agent.isSilent) return;
    agent.seq += 1;
    const sentAt = this.#place.clock.now();
    const heartbeat = heartbeatSchema.parse({
      ...node.heartbeat,
      mode: agent.isDraining ? 'draining' : 'active',
      work: [...agent.running.values()].map((handle) => ({ ...handle, startedAt: this.#now() })),
    });
    const { nodeId, bootId } = node;
    const marks = { heartbeatRecordedAt: this.#now() };
    await this.#place.ports.nodes.recordHeartbeat(nodeId, {
      bootId,
      seq: agent.seq,
      heartbeat,
      sentAt,
      marks,
    });
    await renewLeases(this.#place.ports.nodes, await this.#place.nodeOf(nodeId), heartbeat, sentAt);
  }

  /** Any command that was ever sent to the node, once more: SQS delivers twice, late and in any order. */
  async receive(index: number, which: number): Promise<void> {
    const agent = this.#agentAt(index);
    const commands = this.#place.sent.filter(({ nodeId }) => nodeId === agent?.nodeId);
    const command = commands[which % Math.max(1, commands.length)];
    if (agent === undefined || command === undefined) return;
    if (command.type === 'cancel') return this.#release(agent, command.token, 'cancelled');
    if (command.type !== 'run' || agent.known.has(command.token)) return;
    const { token, workId, workAttempt: attempt, deadlineAt } = command;
    agent.known.add(token);
    agent.running.set(token, { token, workId, attempt });
    if (this.#now() >= deadlineAt) return this.#release(agent, token, 'late');
    if (agent.isDraining) return this.#release(agent, token, 'draining');
    if (agent.running.size > SLOTS) return this.#release(agent, token, 'no-slot');
    this.#say(agent, { token, workId, attempt, state: 'started', startedAt: this.#now() });
  }

  #release(agent: Agent, token: string, reason: string): void {
    const handle = agent.running.get(token);
    if (handle === undefined) return;
    agent.running.delete(token);
    this.#say(agent, { ...handle, state: 'released', reason, message: '' });
  }

  #say({ nodeId }: Agent, report: object): void {
    this.#reports.push({ nodeId, report: workReportSchema.parse(report) });
  }

  async end(index: number, which: number, ending: Ending): Promise<void> {
    const agent = this.#agentAt(index);
    const handles = [...(agent?.running.values() ?? [])];
    const handle = handles[which % Math.max(1, handles.length)];
    if (agent === undefined || handle === undefined) return;
    if (ending === 'released') return this.#release(agent, handle.token, 'sigterm');
    agent.running.delete(handle.token);
    const ended = { ...handle, durationSeconds: 1, logTail: '', state: ending };
    this.#say(
      agent,
      ending === 'succeeded'
        ? { ...ended, exitCode: 0, evidence: { gamesPlayed: 1 }, outputs: [] }
        : { ...ended, failureClass: 'transient', message: 'exit code 1' },
    );
  }

  /** The agent starts anew: what ran is killed, and given back. */
  crash(index: number): void {
    const agent = this.#agentAt(index);
    for (const token of agent?.running.keys() ?? [])
      if (agent !== undefined) this.#release(agent, token, 'agent-restart');
  }

  async drain(index: number): Promise<void> {
    const agent = this.#agentAt(index);
    if (agent === undefined) return;
    agent.isDraining = !agent.isDraining;
    const node = await this.#place.nodeOf(agent.nodeId);
    const drainId = `d-${node.drainEpoch + 1}`;
    const startedAt = this.#now();
    if (agent.isDraining) {
      const drainUntil = addSeconds(this.#place.clock.now(), 900).toISOString();
      const drain = { drainId, epoch: node.drainEpoch + 1, startedAt, drainUntil, reason: 'idle' };
      await this.#place.ports.nodes.beginDrain(node.nodeId, node.revision, drain);
    } else if (node.drain !== undefined) {
      const ended = { ...node.drain, endedAt: startedAt, reason: 'wanted', blockers: [] };
      await this.#place.ports.nodes.endDrain(node.nodeId, node.revision, ended);
    }
  }

  async lose(index: number): Promise<void> {
    const agent = this.#agentAt(index);
    const node = agent && (await this.#place.nodeOf(agent.nodeId));
    if (node !== undefined && node.lifecycle !== 'lost')
      await this.#place.ports.nodes.end(node.nodeId, node.revision, 'lost', this.#place.clock.now());
  }

  /** @param keeps it comes again, as SQS may */
  async deliver(which: number, keeps: boolean): Promise<void> {
    const index = which % Math.max(1, this.#reports.length);
    const message = this.#reports[index];
    if (message === undefined) return;
    const { nodeId, report } = message;
    const isDone = await this.#survive(async () => {
      const decision = await recordWork(this.#ports, nodeId, report, this.#place.clock.now());
      // Whoever changes an item holds its lease: a late completer changes nothing.
      if (decision.action !== 'change') return;
      const { lease, settled } = decision.evidence.next;
      expect((lease ?? settled)?.token).toBe(report.token);
    });
    if (isDone && !keeps) this.#reports.splice(index, 1);
  }

  async check(): Promise<void> {
    for (const workId of this.#submitted) {
      const item = await this.#place.itemOf(workId);
      // Attempts are those that failed, the one that runs, and the one that succeeded: nothing else counts as one.
      const failed = item.failures.filter((failure) => failure.class !== 'preempted').length;
      const runs = item.lease?.startedAt === undefined ? 0 : 1;
      expect(item.attempts).toBe(failed + runs + (item.status === 'succeeded' ? 1 : 0));
      expect(item.attempts).toBeLessThanOrEqual(item.maxAttempts);
      expect(item.lease !== undefined).toBe(item.status === 'leased' || item.status === 'running');
      if (item.status === 'failed')
        expect([item.maxAttempts, 'preempted']).toContain(
          item.settled?.reason === 'preempted' ? 'preempted' : item.attempts,
        );
      const { untold: _untold, ...rest } = item;
      const before = this.#ended.get(workId);
      if (before !== undefined) expect(rest).toEqual(before);
      else if (isEnded(item.status)) this.#ended.set(workId, rest);
    }
    for (const { nodeId } of this.#agents)
      expect(Object.keys((await this.#place.nodeOf(nodeId)).leases).length).toBeLessThanOrEqual(SLOTS);
  }

  /** Everything is well again, with one more node: what waits has to come to its end. */
  async settle(): Promise<void> {
    this.#breaker.mend();
    const rescuer = WorkWorld.#worker(this.#agents.length);
    await this.#place.ports.nodes.create({
      ...rescuer,
      heartbeatAt: this.#now(),
      heartbeatRecordedAt: this.#now(),
    });
    this.#agents.push(WorkWorld.#agent(nodeIdOf(this.#agents.length + 1)));
    for (let minute = 0; minute < 240 && !(await this.#isDone()); minute += 1) {
      for (const index of this.#agents.keys()) {
        await this.beat(index);
        const { length } = this.#place.sent;
        for (let which = Math.max(0, length - 20); which < length; which += 1)
          await this.receive(index, which);
        for (let jobs = 0; jobs < SLOTS; jobs += 1) await this.end(index, 0, 'succeeded');
      }
      while (this.#reports.length > 0) await this.deliver(0, false);
      await this.wait(BEAT_SECONDS);
      await this.sweep();
      await this.dispatch();
      await this.check();
    }
  }

  async #isDone(): Promise<boolean> {
    const items = await Promise.all(this.#submitted.map((workId) => this.#place.itemOf(workId)));
    return this.#reports.length === 0 && items.every(({ status }) => isEnded(status));
  }

  async checkSettled(): Promise<void> {
    expect(await this.#isDone()).toBe(true);
    for (const workId of this.#submitted) {
      const successes = this.#place.published.filter(
        ({ name, fields }) => name === 'WorkSucceeded' && fields['workId'] === workId,
      );
      const isSuccess = (await this.#place.itemOf(workId)).status === 'succeeded';
      expect(new Set(successes.map(({ eventId }) => eventId)).size).toBe(isSuccess ? 1 : 0);
    }
    await this.wait(600);
    await this.sweep();
    for (const { nodeId } of this.#agents) {
      const { lifecycle, leases } = await this.#place.nodeOf(nodeId);
      if (lifecycle !== 'lost') expect(leases).toEqual({});
    }
    const told = new Set(this.#place.published.map(({ eventId }) => eventId));
    expect([...this.#owed].filter((eventId) => !told.has(eventId))).toEqual([]);
    expect(await this.#place.ports.work.listUntold()).toEqual([]);
    // An answer to a command that the ledger does not know is refused.
    for (const { commandId } of this.#place.sent)
      expect(await this.#place.ports.commands.get(commandId)).toBeDefined();
  }
}

export { WorkWorld };
