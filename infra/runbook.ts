/** How an alarm's text points to what to do: one section of the runbook each; a test holds that it is there. */
const runbook = (section: string): string => `Runbook: docs/runbook.md#${section}`;

export { runbook };
