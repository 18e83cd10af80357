import { defineConfig } from 'vitest/config'

// The adapters are tried with the newest and with the oldest release of what they are for; see the peers in package.json.
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'newest', include: ['test/**/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 } },
      {
        test: { name: 'oldest', include: ['test/{axios,vue,pinia}.test.ts'], testTimeout: 120_000 },
        resolve: { alias: { axios: 'axios-oldest', pinia: 'pinia-oldest', 'vue-router': 'vue-router-oldest' } },
      },
    ],
  },
})
