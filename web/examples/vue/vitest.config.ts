import { defineConfig } from 'vitest/config'

// The tests go through one running example, one after another, on machines that may be busy.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'], globalSetup: ['test/build.ts'], fileParallelism: false,
    testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 90_000 } },
  },
})
