// How much a page loads, minified and compressed. What is loaded when it is used, and not before, is left out of the first three and
// counted by the last.
import { readFileSync } from 'node:fs'

const read = (file) => readFileSync(new URL(`dist/${file}`, import.meta.url), 'utf8')

/** The files that no entry reaches but by import(). */
function lazy(...entries) {
  const early = new Set(entries)
  const late = new Set()
  for (const file of early) {
    for (const [, to] of read(file).matchAll(/(?:from|^import) ?"\.\/(.+?)"/gm)) early.add(to)
    for (const [, to] of read(file).matchAll(/import\("\.\/(.+?)"\)/g)) late.add(to)
  }
  if (late.size === 0) throw new Error('nothing is loaded late: does this still read what the bundler writes?')
  return [...late].filter((file) => !early.has(file)).map((file) => `./${file}`)
}

const core = '{ createAuth }'

export default [
  { name: 'core, as it is first loaded', path: 'dist/index.mjs', import: core, ignore: lazy('index.mjs'), limit: '5 kB', gzip: true },
  {
    name: 'core and axios',
    path: 'dist/axios.mjs',
    import: { 'dist/index.mjs': core, 'dist/axios.mjs': '{ bindAxios }' },
    ignore: ['axios', ...lazy('index.mjs', 'axios.mjs')],
    limit: '6 kB',
    gzip: true,
  },
  {
    name: 'core and Vue',
    path: 'dist/vue.mjs',
    import: { 'dist/index.mjs': core, 'dist/vue.mjs': '{ lingpai, useAuth, useSignIn }' },
    ignore: ['vue', 'vue-router', ...lazy('index.mjs', 'vue.mjs')],
    limit: '8 kB',
    gzip: true,
  },
  { name: 'core with every part that is loaded when it is used', path: 'dist/index.mjs', import: core, limit: '12 kB', gzip: true },
]
