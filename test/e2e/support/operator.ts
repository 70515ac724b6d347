import { type Clients, createClients } from '../../../cli/clients.ts';
import type { Profile } from '../../../cli/profile.ts';
import { createStores, type Stores } from '../../../cli/stores.ts';
import { eventsLogGroupName } from '../../../lib/constants.ts';
import type { EventName } from '../../../lib/events/catalogue.ts';
import { type LoggedEvent, tailEvents } from '../../../lib/events/read-events-log.ts';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { profileOf } from '../../../local/start/write-profile.ts';

interface Operator {
  readonly profile: Profile;
  readonly clients: Clients;
  readonly stores: Stores;
  /** What the events log has so far of this name, repeats of one eventId left out. */
  events(name: EventName): Promise<LoggedEvent[]>;
}

/** An operator's eyes on the installation: what the command reads, without starting a process for each look. */
const createOperator = (cloud: ReachableCloud): Operator => {
  const profile = profileOf(cloud);
  const clients = createClients(profile);
  return {
    profile,
    clients,
    stores: createStores(clients, profile),
    events: async (name) => {
      const found: LoggedEvent[] = [];
      const group = eventsLogGroupName(profile.stage);
      const events = tailEvents({
        client: clients.logs,
        group,
        since: new Date(0),
        names: [name],
        follow: false,
      });
      for await (const event of events) found.push(event);
      return found;
    },
  };
};

export type { Operator };
export { createOperator };
