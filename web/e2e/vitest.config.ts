import { defineConfig } from 'vitest/config'

// One file at a time: each starts a server and a browser, and two of them on two cores would only wait for one another.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['harness/build.ts'],
    fileParallelism: false,
    testTimeout: 240_000, // A busy machine may take its time; nothing here is about how much.
    hookTimeout: 240_000,
    expect: { poll: { timeout: 90_000 } },
  },
})
