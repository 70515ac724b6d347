#!/usr/bin/env node
// A program as a job template names it: plays for some seconds, writes what it made, and says what it did.
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { games: { type: 'string' }, seed: { type: 'string' } } });
const games = Number(values.games);
const SECONDS_PER_GAME = 0.5;

let state = Number(values.seed);
/** The same seed plays the same games. */
const random = () => {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
  return state / 2_147_483_648;
};

const lines = [];
for (let game = 1; game <= games; game += 1) {
  await delay(SECONDS_PER_GAME * 1000);
  const winner = random() < 0.5 ? 'first' : 'second';
  lines.push(JSON.stringify({ work: process.env.DROVER_WORK_ID, game, winner }));
  console.log(`game ${game} of ${games}: the ${winner} player wins`);
}
writeFileSync('games.jsonl', `${lines.join('\n')}\n`);
writeFileSync(process.env.DROVER_RESULT, JSON.stringify({ gamesPlayed: games, seed: Number(values.seed) }));
