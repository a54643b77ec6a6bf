// One jest project per tier. Only the tiers that use servers start them (see test/support/servers-setup.ts).
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, sourceMaps: 'inline' }],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.local'],
};
const tier = (name, folders, extra = {}) => ({
  ...base,
  displayName: name,
  testMatch: folders.map((folder) => `<rootDir>/${folder}/**/*.test.ts`),
  ...extra,
});
const servers = {
  globalSetup: '<rootDir>/test/support/servers-setup.ts',
  setupFiles: ['<rootDir>/test/support/real-lines.ts'],
};

export default {
  // A machine that is busy with other things makes a test slow, not wrong.
  testTimeout: 30_000,
  projects: [
    tier('fast', ['test/unit', 'test/contract', 'test/tidy', 'test/types', 'examples']),
    // No server either, but minutes of two cores: every interleaving and every death, and the simulation under many seeds.
    tier('simulation', ['test/simulation']),
    tier('servers', ['test/integration', 'test/e2e', 'examples'], servers),
    tier('chaos', ['test/chaos'], servers),
  ],
};
