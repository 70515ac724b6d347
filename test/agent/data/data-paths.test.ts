import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveDataPaths } from '../../../agent/data/data-paths.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const prepare = () => {
  const top = realpathSync(temporaryFolder());
  const make = (name: string): string => {
    mkdirSync(join(top, name), { recursive: true });
    return join(top, name);
  };
  return { top, make, root: make('home/drover'), home: make('home') };
};

describe('resolveDataPaths', () => {
  it('takes the home folder by default, and no other that is not there', async () => {
    const { root, home } = prepare();
    const paths = await resolveDataPaths({ root, home, isSuperuser: false, dataPaths: undefined });
    expect(paths.filter((path) => path !== '/workspace')).toEqual([home]);
    const nowhere = await resolveDataPaths({
      root,
      home: '/nowhere/at/all',
      isSuperuser: false,
      dataPaths: undefined,
    });
    expect(nowhere.filter((path) => path !== '/workspace')).toEqual([]);
  });

  it("takes everybody's home folder for a superuser, whose own is not where people work", async () => {
    const { root, home } = prepare();
    const paths = await resolveDataPaths({ root, home, isSuperuser: true, dataPaths: undefined });
    expect(paths).toContain(realpathSync('/home'));
  });

  it('takes the configured ones instead, without what lies in another or in the data root', async () => {
    const { top, make, root, home } = prepare();
    const scratch = make('scratch');
    const inner = make('scratch/inner');
    symlinkSync(scratch, join(top, 'link'));
    const dataPaths = [inner, scratch, join(top, 'link'), join(root, '.'), scratch];
    expect(await resolveDataPaths({ root, home, isSuperuser: false, dataPaths })).toEqual([scratch]);
    expect(await resolveDataPaths({ root, home, isSuperuser: false, dataPaths: [] })).toEqual([]);
  });

  it('fails when a configured one is not there: a disk that is not mounted holds data all the same', async () => {
    const { root, home } = prepare();
    await expect(
      resolveDataPaths({ root, home, isSuperuser: false, dataPaths: ['/nowhere/at/all'] }),
    ).rejects.toThrow(/ENOENT/);
  });
});
