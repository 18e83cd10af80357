// The package as its users get it: built, packed, and installed without a network into apps of every kind.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const home = join(import.meta.dirname, '..')
const modules = join(home, '../../node_modules')
const peers = { axios: 'axios', pinia: 'pinia', vue: 'vue', 'vue-router': 'vue-router', vuex: 'vuex' }
/** Pinia 4 and vue-router 5 are ES modules only; an app in CommonJS has those before. */
const peersOfCommonJS = { ...peers, pinia: 'pinia-oldest', 'vue-router': 'vue-router-oldest' }

const names = {
  lingpai: ['AuthError', 'cookieStorage', 'createAuth', 'safeReturnTo'],
  'lingpai/axios': ['bindAxios'],
  'lingpai/vue': ['lingpai', 'useAuth', 'useSignIn'],
  'lingpai/pinia': ['defineAuthStore'],
  'lingpai/vuex': ['authModule'],
  'lingpai/testing': ['fakeAuthServer', 'fakeClock', 'fakeStorage', 'twoTabs'],
}
const entries = Object.keys(names)

let scratch: string
let tarball: string

/** Runs a program, and returns what it printed; where it fails, the error shows that. */
async function run(cwd: string, program: string, ...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { cwd })).stdout
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`)
  }
}

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'lingpai-package-'))
  const copy = join(scratch, 'package')
  await cp(home, copy, { recursive: true, filter: (path) => !/\/(node_modules|dist|test)$/.test(path) })
  await symlink(modules, join(scratch, 'node_modules'))
  await run(copy, 'npm', 'pack', '--silent', '--pack-destination', scratch)
  await rm(join(scratch, 'node_modules')) // else the apps would find what they did not install
  tarball = join(scratch, (await readdir(scratch)).find((file) => file.endsWith('.tgz'))!)
}, 300_000)

afterAll(() => rm(scratch, { recursive: true, force: true }))

/** Makes an app, installs the package into it, and puts the peers there if it has them. */
async function app(name: string, type: 'module' | 'commonjs', has: object = type === 'module' ? peers : peersOfCommonJS): Promise<string> {
  const folder = join(scratch, name)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, private: true, type }))
  await run(folder, 'npm', 'install', '--offline', '--omit=peer', '--no-audit', '--no-fund', tarball)
  for (const [peer, from] of Object.entries(has)) await symlink(join(modules, from), join(folder, 'node_modules', peer))
  return folder
}

const importing = `
  const found = {}
  for (const entry of ${JSON.stringify(entries)}) found[entry] = Object.keys(await import(entry)).sort()
  console.log(JSON.stringify(found))`
const requiring = `
  const found = {}
  for (const entry of ${JSON.stringify(entries)}) found[entry] = Object.keys(require(entry)).sort()
  console.log(JSON.stringify(found))`

test('import and require give the same names, and no default', async () => {
  const esm = await app('esm', 'module')
  const cjs = await app('cjs', 'commonjs')
  const imported = JSON.parse(await run(esm, 'node', '--input-type=module', '--eval', importing))
  const required = JSON.parse(await run(cjs, 'node', '--input-type=commonjs', '--eval', requiring))
  expect(required).toEqual(imported)
  for (const [entry, wanted] of Object.entries(names)) {
    expect(imported[entry], entry).toEqual(expect.arrayContaining(wanted))
    expect(imported[entry], entry).not.toContain('default')
  }
}, 60_000)

test.each([
  ['esm.mjs', 'module'],
  ['commonjs.cjs', 'commonjs'],
] as const)('the example %s of docs/browser.md runs', async (name, type) => {
  const page = await readFile(join(home, '../../../docs/browser.md'), 'utf8')
  const example = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, text = '']) => text).find((text) => text.startsWith(`// ${name}\n`))
  expect(example).toBeDefined()
  const folder = await app(`example-${type}`, type, {})
  await writeFile(join(folder, name), `${example}\nconsole.log(typeof createAuth)`)
  expect(await run(folder, 'node', name)).toBe('function\n')
}, 60_000)

test('what is imported and what is required are one package each: the error of one entry is that of the other', async () => {
  const folder = await app('same', 'module')
  const check = (load: string) => `
    const { AuthError } = ${load}('lingpai'), { bindAxios } = ${load}('lingpai/axios'), { default: axios } = ${load}('axios')
    const { Readable } = ${load}('node:stream')
    const auth = { sign: async () => ({ headers: {}, token: 't' }), judge: async () => true }
    const adapter = async (config) => ({ config, data: '', headers: {}, status: 401, statusText: '' })
    const error = await bindAxios(axios.create({ adapter }), auth).post('/', Readable.from(['a'])).catch((error) => error)
    console.log(error instanceof AuthError, error.code)`
  expect(await run(folder, 'node', '--input-type=module', '--eval', check('await import'))).toBe('true body_not_replayable\n')
  expect(await run(folder, 'node', '--input-type=commonjs', '--eval', `(async () => {${check('require')}})()`)).toBe('true body_not_replayable\n')
}, 60_000)

test('without any peer, what needs none works, and nothing touches a browser', async () => {
  const folder = await app('alone', 'module', {})
  const result = await run(folder, 'node', '--input-type=module', '--eval', `
    await import('lingpai')
    await import('lingpai/testing')
    const missing = async (entry) => (await import(entry).catch((error) => error)).code
    console.log(await missing('lingpai/axios'), await missing('lingpai/vue'), await missing('lingpai/pinia'), await missing('lingpai/vuex'))`)
  expect(result.trim().split(' ')).toEqual(Array(4).fill('ERR_MODULE_NOT_FOUND'))
}, 60_000)

test('the package brings nothing else, and no source or test', async () => {
  const folder = await app('listed', 'module', {})
  expect((await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'))).toEqual(['lingpai'])
  expect((await readdir(join(folder, 'node_modules/lingpai'))).sort()).toEqual(
    ['LICENSE', 'README.md', 'README.zh-CN.md', 'axios', 'dist', 'package.json', 'pinia', 'testing', 'vue', 'vuex'])
}, 60_000)

// Each line that must not compile proves that the types were found at all.
const program = `
import { createAuth, AuthError, safeReturnTo, type Auth, type Session } from 'lingpai'
import { bindAxios } from 'lingpai/axios'
import { lingpai, useAuth, useSignIn, type RouteAuth } from 'lingpai/vue'
import { defineAuthStore } from 'lingpai/pinia'
import { authModule } from 'lingpai/vuex'
import type {} from 'lingpai/testing'
import axios from 'axios'
import { createApp } from 'vue'
import { createRouter, createMemoryHistory } from 'vue-router'

export const auth: Auth = createAuth({ base: '/auth', keep: 'memory' })
// @ts-expect-error
createAuth({ keep: 'nowhere' })
export const http = bindAxios(axios.create(), auth)
http.eject()
// @ts-expect-error
bindAxios({}, auth)
export const router = createRouter({ history: createMemoryHistory(), routes: [] })
router.addRoute({ path: '/', component: {}, meta: { auth: { roles: ['admin'] } } })
// @ts-expect-error
router.addRoute({ path: '/', component: {}, meta: { auth: 'everybody' } })
createApp({}).use(lingpai, { auth, router, login: { name: 'login' } })
// @ts-expect-error
createApp({}).use(lingpai, { router })
export const who: string | undefined = useAuth().user.value?.username
// @ts-expect-error
useAuth().session.value = null
export const { signIn, busy, error, goBack } = useSignIn()
export const code: string | undefined = error.value?.code
export const useAuthStore = defineAuthStore(auth)
export const session: Session = useAuthStore().session
export const signed: boolean = useAuthStore().isSignedIn
// @ts-expect-error
useAuthStore().signIn('alice')
export const module: { namespaced: true } = authModule(auth)
export const rule: RouteAuth = 'guest'
export const back: string | null = safeReturnTo('/x')
export const failed = (e: unknown) => e instanceof AuthError && e.retryable
`

describe('TypeScript finds correct types', () => {
  const strict = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], exactOptionalPropertyTypes: true }
  test.each<[string, 'module' | 'commonjs', object]>([
    ['bundler', 'module', { module: 'preserve', moduleResolution: 'bundler', skipLibCheck: true }],
    ['node16 from ESM', 'module', { module: 'node16', moduleResolution: 'node16', skipLibCheck: true }],
    ['node16 from CommonJS', 'commonjs', { module: 'node16', moduleResolution: 'node16', skipLibCheck: true }],
    ['node10', 'commonjs', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0', esModuleInterop: true, skipLibCheck: true }],
  ])('with %s', async (name, type, options) => {
    const folder = await app(`types-${name.replaceAll(' ', '-')}`, type)
    await writeFile(join(folder, 'app.ts'), program)
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...strict, ...options }, files: ['app.ts'] }))
    await run(folder, process.execPath, join(modules, 'typescript/bin/tsc'), '-p', '.')
  }, 300_000)
})
