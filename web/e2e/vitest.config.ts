import { defineConfig } from 'vitest/config'

// Two files at a time: each has a server and a browser of its own, and mostly waits for tokens to expire.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['harness/build.ts'],
    maxWorkers: 2,
    testTimeout: 240_000, // A busy machine may take its time; nothing here is about how much.
    hookTimeout: 240_000,
    expect: { poll: { timeout: 90_000 } },
  },
})
