// Node 20 does not read TypeScript.
import { runnerImport } from 'vite'

const { module } = await runnerImport(`${import.meta.dirname}/main.ts`, { configFile: false, logLevel: 'error' })
await module.main()
process.exit() // Clients leave timers behind.
