import packageFile from '../package.json' with { type: 'json' };

const VERSION = packageFile.version;

export { VERSION };
