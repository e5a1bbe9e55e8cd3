/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  roots: ['<rootDir>/tests'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/tests/support/strip-types.cjs' },
  moduleFileExtensions: ['ts', 'js', 'cjs', 'json', 'node'],
  testTimeout: 60_000,
  // A test that leaves a timer, socket or listener behind makes the run hang, and a hang is a failure: no forceExit.
  workerIdleMemoryLimit: '1GB',
};
