import { describe, expect, it, vi } from 'vitest';
import { FlagsError } from '../../../local/cloud-error.ts';
import { parseFlags } from '../../../local/start/flags.ts';

describe('parseFlags', () => {
  it('has defaults for all', () => {
    expect(parseFlags([], '/work')).toEqual({
      nodes: undefined,
      dataFolder: '/work/.drover',
      port: 4570,
      idle: undefined,
    });
  });

  it('reads all flags', () => {
    expect(
      parseFlags(['--nodes', '8', '--data', './somewhere', '--port', '0', '--idle', 'observe'], '/work'),
    ).toEqual({
      nodes: 8,
      dataFolder: '/work/somewhere',
      port: 0,
      idle: 'observe',
    });
  });

  it.each([
    ['an unknown flag', ['--colour'], "unknown option '--colour'"],
    ['a stray word', ['eight'], 'too many arguments'],
    ['a count that is no number', ['--nodes', 'many'], 'whole number from 0 to 50'],
    ['a negative count', ['--nodes', '-1'], 'whole number from 0 to 50'],
    ['too many nodes', ['--nodes', '51'], 'whole number from 0 to 50'],
    ['a port out of range', ['--port', '70000'], 'whole number from 0 to 65535'],
    ['a mode that there is not', ['--idle', 'on'], 'Allowed choices are enforce, observe, off'],
    ['a missing value', ['--data'], 'argument missing'],
    ['an empty folder', ['--data', ''], 'must name a folder'],
  ])('refuses %s in one line', (_name, args, message) => {
    const act = () => parseFlags(args, '/work');

    expect(act).toThrow(FlagsError);
    expect(act).toThrow(message);
    expect(act).toThrow(/^[^\n]+$/);
  });

  it('prints help and starts nothing', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);

    const flags = parseFlags(['--help'], '/work');

    expect(flags).toBeUndefined();
    expect(String(write.mock.calls[0]?.[0])).toContain('--nodes <count>');
    write.mockRestore();
  });
});
