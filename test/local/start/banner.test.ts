import { describe, expect, it } from 'vitest';
import { banner } from '../../../local/start/banner.ts';

const facts = {
  endpoint: 'http://127.0.0.1:4570',
  providers: [
    { provider: 'lambda-labs', baseUrl: 'http://127.0.0.1:4571/lambda-labs/api/v1' },
    { provider: 'vast', baseUrl: 'http://127.0.0.1:4571/vast' },
  ],
  nodes: 3,
  working: 2,
  campaigns: ['demo'],
  idle: 'idle nodes are terminated after 60 s',
  seconds: 4.26,
  dataFolder: '/work/.drover',
  profile: '/work/.drover/profile.json',
  profileIsFound: true,
  workingFolder: '/work',
};

describe('banner', () => {
  it('says what runs, where its files are and which commands to try', () => {
    const text = banner(facts);

    expect(text).toContain('ready in 4.3 s');
    expect(text).toContain('http://127.0.0.1:4570');
    expect(text).toMatch(/lambda-labs +http:\/\/127.0.0.1:4571\/lambda-labs\/api\/v1/);
    expect(text).toMatch(/vast +http:\/\/127.0.0.1:4571\/vast/);
    expect(text).toContain('3 agents, files in .drover/nodes/<n>');
    expect(text).toContain('.drover/logs');
    expect(text).toContain('npx drover artifacts publish demo.pth --kind model --name demo --version 1');
    expect(text).toContain('npx drover models promote demo@1');
    expect(text).toContain('npx drover artifacts wait demo@1 --min 2');
    expect(text).toMatch(/work +demo: npx drover work list --watch/);
    expect(text).toMatch(/idle +idle nodes are terminated after 60 s/);
  });

  it('names the profile when the command would not find it', () => {
    const text = banner({
      ...facts,
      dataFolder: '/elsewhere',
      profile: '/elsewhere/profile.json',
      profileIsFound: false,
    });

    expect(text).toContain('npx drover --profile /elsewhere/profile.json models promote demo@1');
    expect(text).toContain('/elsewhere/logs');
  });
});
