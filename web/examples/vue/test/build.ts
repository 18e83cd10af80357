// Builds the programs of the example, once for all tests. NOTES_PROGRAMS names a folder that has them already.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

export const root = join(import.meta.dirname, '../../../..')

declare module 'vitest' {
  interface ProvidedContext {
    programs: string
  }
}

const sources = { lingpai: './cmd/lingpai', api: './web/examples/vue/api', run: './web/examples/vue/run' }

export default function build(project: TestProject): (() => void) | void {
  if (process.env.NOTES_PROGRAMS) return project.provide('programs', process.env.NOTES_PROGRAMS)
  const folder = mkdtempSync(join(tmpdir(), 'notes-test-'))
  for (const [name, source] of Object.entries(sources)) execFileSync('go', ['build', '-o', join(folder, name), source], { cwd: root, stdio: 'inherit' })
  project.provide('programs', folder)
  return () => rmSync(folder, { recursive: true, force: true })
}
