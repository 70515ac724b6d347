/** A front door in a process of its own, for tests that kill it: tells its endpoint to its parent. */
import { start } from './front-door.ts';

const cloud = await start({ dataFolder: process.argv[2] });
process.send?.(cloud.endpoint);
