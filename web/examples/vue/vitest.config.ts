import { defineConfig } from 'vitest/config'

// The tests go through one running example, one after another, on machines that may be busy.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 300_000, fileParallelism: false, expect: { poll: { timeout: 30_000 } },
  },
})
