import { swcOptions } from './tools/swc-options.mjs';

const shared = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swcOptions, sourceMaps: 'inline' }] },
  moduleNameMapper: {
    '^#(config|domain|engine|store|queue|presence|cti-protocol|cti-client)/(.*)$': '<rootDir>/libs/$1/src/$2.ts',
  },
};

export default {
  // So much above the hang limit of a wait (test/kit/wait.ts) that you read what was waited for; jest knows no limit per project.
  testTimeout: 600_000,
  // Integration tests wait most of the time (1 540 s of which 600 s are of any processor): by default two processors get one worker.
  maxWorkers: 4,
  testSequencer: '<rootDir>/tools/longest-first-sequencer.mjs',
  // The second one closes the output with the numbers of the run.
  reporters: ['default', '<rootDir>/tools/closing-line-reporter.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      rootDir: '.',
      testMatch: [
        '<rootDir>/{apps,libs,tools,bench}/**/*.spec.ts',
        '<rootDir>/test/{unit,tidy,sim,load,kit}/**/*.spec.ts',
      ],
    },
    {
      ...shared,
      displayName: 'integration',
      rootDir: '.',
      testMatch: ['<rootDir>/test/integration/**/*.spec.ts'],
    },
    {
      // `npm run test:proof`; `npm test` leaves it out.
      ...shared,
      displayName: 'proof',
      rootDir: '.',
      testMatch: ['<rootDir>/test/proof/**/*.proof.ts'],
    },
  ],
};
