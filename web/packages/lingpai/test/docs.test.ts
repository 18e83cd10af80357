// The pages for users: their code compiles against the package, and their table of errors is complete.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { compileScript, compileTemplate, parse } from 'vue/compiler-sfc'
import { AuthError, type ClientCode } from '../src/errors.js'

const home = join(import.meta.dirname, '..')
const root = join(home, '../../..')
/** Each with how many examples it has at least. */
const pages = [['README.md', 4], ['README.zh-CN.md', 4], ['../../../docs/browser.md', 4], ['../../../docs/passkeys.md', 3]] as const

interface Example {
  readonly line: number
  readonly language: string
  readonly text: string
}

function examplesOf(page: string): Example[] {
  return [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map((fence) => ({
    line: page.slice(0, fence.index).split('\n').length,
    language: fence[1] ?? '',
    text: fence[2] ?? '',
  }))
}

/** The file that an example is: its first line says so, in a comment. */
function nameOf({ line, text }: Example): string {
  const name = /^(?:\/\/|<!--) ([\w./-]+\.\w+)/.exec(text)?.[1]
  if (!name) throw new Error(`line ${line}: the example does not begin with a comment that names its file`)
  return name
}

/** A component as TypeScript. With `<script setup>`, its template is compiled into the code, so that the names in it are checked too. */
function componentOf(example: Example): string {
  const { descriptor, errors } = parse(example.text, { filename: nameOf(example) })
  if (errors.length > 0) throw errors[0]
  if (descriptor.scriptSetup) return narrowing(compileScript(descriptor, { id: 'x', inlineTemplate: true }).content)
  const { errors: wrong } = compileTemplate({ id: 'x', filename: nameOf(example), source: descriptor.template?.content ?? '' })
  if (wrong.length > 0) throw wrong[0]
  return descriptor.script?.content ?? ''
}

/** Gives each ref of a template a name of its own, because TypeScript narrows names (`v-if="error"`), and not calls of unref. */
function narrowing(code: string): string {
  const refs = new Set([...code.matchAll(/_unref\((\w+)\)/g)].map(([, name]) => name))
  const names = [...refs].map((name) => `const $${name} = _unref(${name})\n`).join('')
  return code.replaceAll(/_unref\((\w+)\)/g, '$$$1').replace('return (_ctx', `${names}return (_ctx`)
}

/** Lays the examples of a page out as one project that stands on the sources of the package. */
async function projectOf(examples: Example[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lingpai-docs-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await symlink(join(home, '../../node_modules'), join(folder, 'node_modules'))
  for (const example of examples) {
    const file = join(folder, nameOf(example))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file.replace(/\.vue$/, '.vue.ts'), example.language === 'vue' ? componentOf(example) : example.text)
  }
  const { compilerOptions } = JSON.parse(await readFile(join(home, 'tsconfig.json'), 'utf8'))
  const paths = {
    lingpai: [join(home, 'src/index.ts')],
    'lingpai/*': [join(home, 'src/*.ts')],
    vuex: [join(home, '../../node_modules/vuex/types/index.d.ts')],
  }
  const loose = { moduleDetection: 'force', noUnusedLocals: false, noUnusedParameters: false }
  const options = { ...compilerOptions, ...loose, jsx: 'react-jsx', paths }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['**/*.ts', '**/*.tsx'] }))
  return folder
}

async function compile(folder: string): Promise<string> {
  const tsc = join(home, '../../node_modules/typescript/bin/tsc')
  return promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(() => '', ({ stdout }: { stdout: string }) => stdout)
}

describe.each(pages)('%s', (name, least) => {
  test('its code compiles', async () => {
    const examples = examplesOf(await readFile(join(home, name), 'utf8')).filter(({ language }) => /^(tsx?|vue)$/.test(language))
    expect(examples.length).toBeGreaterThanOrEqual(least)
    expect(await compile(await projectOf(examples))).toBe('')
  })

  test('its links lead somewhere', async () => {
    const page = await readFile(join(home, name), 'utf8')
    for (const [, to = ''] of page.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^https?:\/\/github\.com\/lingpai\/lingpai\/blob\/main\//.test(to)) await readFile(join(root, to.replace(/^.*?\/blob\/main\//, '')))
      else if (!to.includes('://')) await readFile(join(home, name, '..', to))
    }
  })
})

test('an example that is wrong is found', async () => {
  const wrong = (name: string, text: string, language = 'ts') => ({ line: 1, language, text: `${language === 'vue' ? `<!-- ${name} -->` : `// ${name}`}\n${text}` })
  const said = await compile(
    await projectOf([
      wrong('a.ts', `import { createAuth } from 'lingpai'\ncreateAuth({ keep: 'pocket' })`),
      wrong('b.vue', `<script setup lang="ts">\nimport { useAuth } from 'lingpai/vue'\nconst { user } = useAuth()\n</script>\n<template>{{ user?.shoeSize }}</template>`, 'vue'),
    ]),
  )
  expect(said).toMatch(/a\.ts.*pocket/)
  expect(said).toMatch(/b\.vue\.ts.*shoeSize/)
})

test.each(['README.md', '../../../docs/passkeys.md'])('the example of a test runs (%s)', async (name) => {
  const example = examplesOf(await readFile(join(home, name), 'utf8')).find(({ text }) => text.includes('lingpai/testing'))!
  const folder = await mkdtemp(join(import.meta.dirname, 'example-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const assert = vi.spyOn(console, 'assert')
  onTestFinished(() => assert.mockRestore())
  await writeFile(join(folder, 'example.ts'), example.text.replace('lingpai/testing', '../../src/testing.js'))
  await import(join(folder, 'example.ts'))
  expect(assert.mock.calls).toEqual([[true]])
})

// Complete, or this does not compile.
const codes: Record<ClientCode, true> = {
  offline: true,
  timeout: true,
  unavailable: true,
  not_lingpai: true,
  cors_suspected: true,
  discarded: true,
  still_unauthorized: true,
  body_not_replayable: true,
  storage_blocked: true,
  dpop_unavailable: true,
  passkey_cancelled: true,
  passkey_unsupported: true,
}

test('the table of errors has every code of the client, and says which may be tried again', async () => {
  const page = await readFile(join(root, 'docs/browser.md'), 'utf8')
  const table = page.slice(page.indexOf('| code |'))
  const rows = [...table.matchAll(/^\| `(\w+)` \| .+ \| .+ \| (yes|no) \|$/gm)].map(([, code, retryable]) => [code, retryable === 'yes'])
  expect(rows).toEqual((Object.keys(codes) as ClientCode[]).map((code) => [code, new AuthError(code).retryable]))
})
