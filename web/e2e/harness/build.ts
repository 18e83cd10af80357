// Builds what is tested, once for all files: the server and the package. Tests run against these and nothing else. WEB_BUILT=1 says that
// the package has been built, and that others read it meanwhile; LINGPAI_TEST_PROGRAM names a server that has been.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'

export const root = join(import.meta.dirname, '../../..')

declare module 'vitest' {
  interface ProvidedContext {
    binary: string
  }
}

export default function build(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'lingpai-e2e-'))
  const binary = process.env.LINGPAI_TEST_PROGRAM ?? join(folder, 'lingpai')
  if (!process.env.LINGPAI_TEST_PROGRAM) execFileSync('go', ['build', '-o', binary, './cmd/lingpai'], { cwd: root, stdio: 'inherit' })
  if (!process.env.WEB_BUILT) execFileSync('npm', ['run', '--silent', 'build', '--workspace', 'lingpai'], { cwd: join(root, 'web'), stdio: ['ignore', 'ignore', 'inherit'] })
  project.provide('binary', binary)
  return () => rmSync(folder, { recursive: true, force: true })
}
