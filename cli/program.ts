import { Command } from 'commander';
import { addGroupExamples, type CommandHost, renderExamples } from './command.ts';
import { addApplyCommand } from './commands/apply.ts';
import { addArtifactCommands } from './commands/artifacts.ts';
import { addAuditCommand } from './commands/audit.ts';
import { addBudgetCommands } from './commands/budget.ts';
import { addCampaignCommands } from './commands/campaigns.ts';
import { addConnectCommand } from './commands/connect.ts';
import { addCostCommand } from './commands/cost.ts';
import { addDataCommands } from './commands/data-at-risk.ts';
import { addDistributionCommands } from './commands/distributions.ts';
import { addDeadLetterCommands } from './commands/dlq.ts';
import { addEventCommands } from './commands/events.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addHealthCommand } from './commands/health.ts';
import { addHoldCommands } from './commands/holds.ts';
import { addIdleCommands } from './commands/idle.ts';
import { addMigrateCommands } from './commands/migrate.ts';
import { addModelCommands } from './commands/models.ts';
import { addNodeCommands } from './commands/nodes.ts';
import { addPolicyCommands } from './commands/policy.ts';
import { addProviderCommands } from './commands/providers.ts';
import { addQueueCommands } from './commands/queue.ts';
import { addReplicationCommands } from './commands/replication.ts';
import { addSavingsCommand } from './commands/savings.ts';
import { addStatusCommand } from './commands/status.ts';
import { addSyncCommands } from './commands/sync.ts';
import { addUninstallCommand } from './commands/uninstall.ts';
import { addWorkCommands } from './commands/work.ts';

/** The shortest way from nothing to a file on every node. */
const EXAMPLES = [
  'drover status',
  'drover artifacts publish ./m.pth --kind model --name hex8_2p --version 12',
  'drover models promote hex8_2p@12 --wait',
  'drover events tail --follow',
];

/** The whole command tree. `docs/users/cli.md` and `--help` are made from it. */
const buildProgram = (host: CommandHost, version: string): Command => {
  const program = new Command('drover')
    .description(`Looks after fleets of rented GPU nodes. Version ${version}.`)
    .option('--json', 'one JSON document on standard output')
    .option(
      '--profile <name or path>',
      'the installation to talk to (else DROVER_PROFILE, .drover/profile.json, the default)',
    )
    .option('--endpoint <url>', 'talk to the embedded cloud that listens there')
    .option('--stage <stage>', 'the stage of the installation')
    .option('--region <region>', 'the AWS region')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for usage and examples)')
    .helpCommand(false)
    .addHelpText('after', renderExamples(EXAMPLES));
  addConnectCommand(program, host);
  addStatusCommand(program, host);
  addHealthCommand(program, host);
  addNodeCommands(program, host);
  addArtifactCommands(program, host);
  addModelCommands(program, host);
  addDistributionCommands(program, host);
  addReplicationCommands(program, host);
  addDataCommands(program, host);
  addSyncCommands(program, host);
  addEventCommands(program, host);
  addDeadLetterCommands(program, host);
  addWorkCommands(program, host);
  addQueueCommands(program, host);
  addCampaignCommands(program, host);
  addExplainCommand(program, host);
  addIdleCommands(program, host);
  addHoldCommands(program, host);
  addApplyCommand(program, host);
  addPolicyCommands(program, host);
  addProviderCommands(program, host);
  addCostCommand(program, host);
  addSavingsCommand(program, host);
  addBudgetCommands(program, host);
  addAuditCommand(program, host);
  addMigrateCommands(program, host);
  addUninstallCommand(program, host);
  for (const command of program.commands) if (command.commands.length > 0) addGroupExamples(command);
  return program;
};

export { buildProgram };
