import { defineConfig } from 'vitest/config'

// One file at a time: each starts a server and a browser, and two of them on two cores would only wait for one another.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['harness/build.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
