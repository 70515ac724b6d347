import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** One pass that only copies and hashes: read, hash, write. Prints its seconds and those of the processor as JSON. */
const [from = '', to = ''] = process.argv.slice(2);
const busyBefore = process.cpuUsage();
const began = process.hrtime.bigint();
const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
const hash = createHash('sha256');
const source = openSync(from, 'r');
const target = openSync(to, 'w');
for (;;) {
  const count = readSync(source, buffer, 0, buffer.length, null);
  if (count === 0) break;
  const bytes = buffer.subarray(0, count);
  hash.update(bytes);
  writeSync(target, bytes);
}
closeSync(target);
closeSync(source);
const sha256 = hash.digest('hex');
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const { user, system } = process.cpuUsage(busyBefore);
process.stdout.write(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, sha256 }));
