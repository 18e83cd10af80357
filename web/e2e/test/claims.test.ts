// docs/client-features.md names tests. They must exist.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../harness/build.ts'

const page = readFileSync(join(root, 'docs/client-features.md'), 'utf8')
const claims = [...page.matchAll(/`([\w/.-]+\.ts)` ?([^|<\n]*)/g)].map(([, file, name]) => [file!, name!.trim()] as const)

test('every test that the page names exists', () => {
  expect(claims.length).toBeGreaterThan(100)
  const missing = claims.filter(([file, name]) => !readFileSync(join(root, 'web', file), 'utf8').includes(name))
  expect(missing).toEqual([])
})

test('no failure is left out', () => {
  const told = [...page.matchAll(/^\| P(\d+) \|/gm)].map(([, n]) => Number(n))
  expect(told).toEqual([...Array.from({ length: 45 }, (_, n) => n + 1), 51, 52, 53, 54])
})
