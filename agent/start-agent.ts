import { runAgent } from './agent.ts';
import { usage } from './config/options.ts';
import { type Config, readConfig } from './config/read-config.ts';
import { farewellTimes } from './farewell-times.ts';
import { createLog, describeError } from './log.ts';
import { AGENT_VERSION } from './version.ts';
import { systemTiming } from './wait.ts';

const EXIT_FAILED = 1;
/** Flags, variables or the file are wrong: a restart changes nothing. */
const EXIT_CONFIGURATION = 2;

const run = async (config: Config): Promise<void> => {
  const log = createLog(
    config.logLevel,
    (line) => process.stdout.write(line),
    () => systemTiming.now(),
  );
  const stop = new AbortController();
  const begin = (reason: string): void => {
    if (stop.signal.aborted) return;
    log.info('stopping', { reason });
    stop.abort(new Error(`stopped by ${reason}`));
    // Whatever hangs, the process ends in time.
    setTimeout(() => process.exit(EXIT_FAILED), farewellTimes(config.noticeSeconds).exitBy * 1000).unref();
  };
  process.on('SIGTERM', () => begin('SIGTERM'));
  process.on('SIGINT', () => begin('SIGINT'));
  if (config.exitWithStdin) {
    process.stdin.on('close', () => begin('the end of standard input'));
    process.stdin.on('error', () => begin('an error of standard input'));
    process.stdin.resume();
  }
  log.info('starting', { version: AGENT_VERSION, data: config.data, pid: process.pid });
  await runAgent(config, systemTiming, log, stop.signal);
  log.info('stopped');
};

/** Runs the agent by the command line, the environment and the file, until it ends with the process. */
const startAgent = async (): Promise<void> => {
  try {
    const request = readConfig(process.argv.slice(2), process.env);
    if (request.action === 'help') process.stdout.write(usage());
    else if (request.action === 'version') process.stdout.write(`${AGENT_VERSION}\n`);
    else {
      await run(request.config).then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`drover-agent: ${describeError(error)}\n`);
          process.exit(EXIT_FAILED);
        },
      );
    }
  } catch (error) {
    // One line: the cause is the same in more words.
    process.stderr.write(`drover-agent: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = EXIT_CONFIGURATION;
  }
};

export { startAgent };
