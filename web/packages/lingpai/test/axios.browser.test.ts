// Axios as browsers have it, on XMLHttpRequest, in the system's Chromium.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build, type Rolldown } from 'vite'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type Api, startApi } from './api.js'

let browser: Browser
let script: string

beforeAll(async () => {
  const built = (await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry: join(import.meta.dirname, 'browser/page.ts'), formats: ['es'] } },
  })) as Rolldown.RolldownOutput[]
  script = built[0]!.output[0].code.replaceAll('</script', '<\\/script')
  browser = await chromium.launch({ executablePath: ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find(existsSync)!, args: ['--no-sandbox'] })
}, 120_000)

afterAll(() => browser?.close())

async function open(): Promise<{ api: Api; page: Page; sent: () => Api['received'] }> {
  const api = await startApi()
  api.script = script
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  await page.goto(api.url)
  await page.waitForFunction(() => 'page' in window)
  return { api, page, sent: () => api.received.filter(({ path }) => path.startsWith('/api')) }
}

test('P15: a form with a file is uploaded again, with its own boundary, and progress is told of both tries', async () => {
  const { page, sent } = await open()
  const { status, loaded } = await page.evaluate(async () => {
    const form = new FormData()
    form.append('file', new File(['x'.repeat(100_000)], 'notes.txt', { type: 'text/plain' }))
    const loaded: number[] = []
    const { status } = await window.page.http.post('/api/files', form, { onUploadProgress: (event) => loaded.push(event.loaded) })
    return { status, loaded }
  })
  expect(status).toBe(200)
  const [first, second] = sent().map(({ headers, body }) => {
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(headers['content-type'] ?? '')?.[1] ?? ''
    expect(boundary).not.toBe('')
    expect(body.toString().startsWith(`--${boundary}\r\n`)).toBe(true)
    return body.toString().replaceAll(boundary, '')
  })
  expect(second).toBe(first)
  expect(first).toContain('filename="notes.txt"')
  const all = Math.max(...loaded)
  expect(loaded.filter((bytes) => bytes === all).length).toBeGreaterThanOrEqual(2)
})

test('P14, P17: bodies and Idempotency-Keys are the same in the replay', async () => {
  const { page, sent } = await open()
  await page.evaluate(async () => {
    await window.page.http.post('/api/object', { a: [1, { b: '令牌' }] })
    window.page.auth.now('t1')
    await window.page.http.put('/api/blob', new Blob(['bytes'], { type: 'text/plain' }))
    window.page.auth.now('t1')
    await window.page.http.patch('/api/form', new URLSearchParams({ a: '1 2' }))
  })
  const all = sent().map(({ path, headers, body }) => [path, headers['content-type'], headers['idempotency-key'], body.toString()])
  expect(all).toHaveLength(6)
  for (const i of [0, 2, 4]) expect(all[i + 1]).toEqual(all[i])
  expect(all.map(([, , key]) => typeof key)).toEqual(['string', 'string', 'undefined', 'undefined', 'string', 'string'])
})

test('a refusal that arrives as a Blob or as bytes is read', async () => {
  const { page, sent } = await open()
  const statuses = await page.evaluate(async () => {
    const blob = await window.page.http.get('/api/file', { responseType: 'blob' })
    window.page.auth.now('t1')
    const bytes = await window.page.http.get('/api/file', { responseType: 'arraybuffer' })
    return [blob.status, bytes.status]
  })
  expect(statuses).toEqual([200, 200])
  expect(sent().map(({ token }) => token)).toEqual(['t1', 't2', 't1', 't2'])
})

test('an abort during the refresh is a CanceledError, and nothing is replayed', async () => {
  const { page, sent } = await open()
  const name = await page.evaluate(async () => {
    const controller = new AbortController()
    window.page.auth.refreshing = () => new Promise(() => controller.abort())
    return window.page.http.get('/api/me', { signal: controller.signal }).catch((error: Error) => error.name)
  })
  expect(name).toBe('CanceledError')
  expect(sent()).toHaveLength(1)
})
