import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IRule, IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { allowDeadLettersOf } from './allow-dead-letters.ts';

/** Writes each event of a rule as one line into a log group, whose resource policy must allow it. */
class LogGroupTarget implements IRuleTarget {
  readonly #logGroup: ILogGroup;
  readonly #deadLetters: IQueue;

  constructor(logGroup: ILogGroup, deadLetters: IQueue) {
    this.#logGroup = logGroup;
    this.#deadLetters = deadLetters;
  }

  bind(rule: IRule): RuleTargetConfig {
    allowDeadLettersOf(rule, this.#deadLetters);
    return {
      // Not the group's own ARN attribute: that one ends in `:*`, which EventBridge refuses.
      arn: Stack.of(this.#logGroup).formatArn({
        service: 'logs',
        resource: 'log-group',
        resourceName: this.#logGroup.logGroupName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
      deadLetterConfig: { arn: this.#deadLetters.queueArn },
      targetResource: this.#logGroup,
    };
  }
}

export { LogGroupTarget };
