import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { LISTED_PROVIDERS, providerSecretName } from '../lib/constants.ts';

/** Secrets Manager ends each ARN in a dash and six characters of its own choice. */
const ANY_SECRET_SUFFIX = '-??????';

/** Lets `role` read the providers' keys. `drover providers login` makes the secrets; nobody else may read them. */
const allowProviderKeys = (role: Role, stage: string): void =>
  Grant.addToPrincipal({
    grantee: role,
    actions: ['secretsmanager:GetSecretValue'],
    resourceArns: LISTED_PROVIDERS.map((provider) =>
      Stack.of(role).formatArn({
        service: 'secretsmanager',
        resource: 'secret',
        resourceName: `${providerSecretName(stage, provider)}${ANY_SECRET_SUFFIX}`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ),
  }).assertSuccess();

export { allowProviderKeys };
