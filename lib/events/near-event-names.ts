import { nearNames } from '../near-names.ts';
import { catalogue } from './catalogue.ts';

/** At most three names of the catalogue that `name` may mean, the nearest first; none when nothing is near. */
const nearEventNames = (name: string): string[] => nearNames(name, Object.keys(catalogue));

export { nearEventNames };
