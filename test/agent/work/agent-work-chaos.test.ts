import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { until } from '../agent-process.ts';
import { isAlive, PLAYED, PLAYS, prepareWork, scripted } from './work-fixture.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const TOKENS = Array.from({ length: 8 }, (_, index) => `t-${index}`);
/** Between a moment in which nothing has begun and one in which most of it is over. */
const LIFETIMES_MS = [700, 1500, 900, 2200, 1100, 600, 1300];

describe('an agent that is killed again and again', () => {
  it('says one thing only of each lease, says it of each, and leaves nothing running', async () => {
    const { agents, start, run, work, conclusionOf, cloud, workIdOf, lastHeartbeat } = await prepareWork({
      play: scripted(`console.log('pid', process.pid); setTimeout(() => { ${PLAYS} }, 300)`, PLAYED),
    });
    for (const token of TOKENS) run(token, 'play');
    for (const lifetime of LIFETIMES_MS) {
      const agent = start({ DROVER_SLOTS: '3' });
      await delay(lifetime);
      await agent.stop('SIGKILL');
      // What a dead agent had taken in comes again.
      for (const message of cloud.queue) message.visibleAt = 0;
    }
    start({ DROVER_SLOTS: '8' });
    const conclusions = await Promise.all(TOKENS.map(conclusionOf));
    await until('an empty queue', () => cloud.queue.length === 0, agents, 60);
    await until('a heartbeat without work', () => lastHeartbeat()?.work?.length === 0, agents);

    for (const [index, token] of TOKENS.entries()) {
      const said = work().filter((report) => report.token === token && report.state !== 'started');
      expect(new Set(said.map((report) => JSON.stringify(report))).size).toBe(1);
      const conclusion = conclusions[index];
      if (conclusion?.state === 'succeeded') {
        expect(conclusion.outputs).toEqual([sha256(`games of ${workIdOf(token)}`)]);
        expect(cloud.objects.has(`artifacts/${conclusion.outputs[0]}`)).toBe(true);
      } else {
        expect(conclusion).toMatchObject({ state: 'released' });
      }
      // What ran, ran once: the last lines of a lease are those of one process.
      const log = conclusion !== undefined && 'logTail' in conclusion ? (conclusion.logTail ?? '') : '';
      const pids = [...log.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
      expect(pids.length).toBeLessThanOrEqual(1);
      expect(pids.filter(isAlive)).toEqual([]);
    }
  }, 120_000);
});
