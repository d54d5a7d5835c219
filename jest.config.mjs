const shared = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: 'tsconfig.json', diagnostics: false }],
  },
  moduleNameMapper: {
    '^#(config|domain|engine|store|queue|presence|cti-protocol|cti-client)/(.*)$': '<rootDir>/libs/$1/src/$2.ts',
  },
};

export default {
  // For integration tests; jest knows no limit per project, and unit tests end in seconds by themselves.
  testTimeout: 120_000,
  // Integration tests wait most of the time (210 s of which 85 s are of any processor): by default two processors get one worker.
  maxWorkers: 2,
  testSequencer: '<rootDir>/tools/longest-first-sequencer.mjs',
  // The second one closes the output with the numbers of the run.
  reporters: ['default', '<rootDir>/tools/closing-line-reporter.mjs'],
  projects: [
    {
      ...shared,
      displayName: 'unit',
      rootDir: '.',
      testMatch: ['<rootDir>/{apps,libs,tools,bench}/**/*.spec.ts', '<rootDir>/test/{unit,tidy,sim,load}/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      rootDir: '.',
      testMatch: ['<rootDir>/test/{integration,faults}/**/*.spec.ts'],
    },
  ],
};
