import { startFrontDoor } from '../../../local/emulators/front-door.ts';

/** The emulators on a free port, with nothing in them, kept in a temporary folder. */
const startEmptyFrontDoor = () =>
  startFrontDoor({
    port: 0,
    dataFolder: undefined,
    accountId: '000000000000',
    region: 'us-east-1',
    log: () => {},
  });

export { startEmptyFrontDoor };
