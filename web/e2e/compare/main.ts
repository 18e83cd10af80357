// Plays every scenario to every client and writes docs/client-comparison.md. `npm run compare -w @lingpai/e2e -- P19` plays some, and only prints.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cpus } from 'node:os'
import { type Kind, kinds } from './clients.ts'
import { type Facts, type Scenario, scenarios, World } from './scenarios.ts'

const web = join(import.meta.dirname, '../..')

/** Gives Node what a page has and one of the clients listens to: the event `online`. */
function addEvents(): void {
  const target = new EventTarget()
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) globalThis[name] ??= target[name].bind(target) as never
}

async function play(scenario: Scenario, kind: Kind): Promise<Facts | null> {
  if (scenario.for && !scenario.for(kind)) return null
  const world = new World(kind, scenario.legacyOrder ?? true)
  try {
    await world.open()
    await scenario.play(world)
    return world.facts()
  } finally {
    await world.close()
  }
}

function cell(facts: Facts | null): string {
  if (!facts) return 'no part in it'
  const { asked, lost, told401, refreshes, signedOut, ended, more } = facts
  const parts = [`${refreshes} ${refreshes === 1 ? 'refresh' : 'refreshes'}`, ...more]
  if (asked) parts.unshift(lost ? `**${lost} of ${asked} lost**${told401 ? ` (${told401} as 401)` : ''}` : `${asked} of ${asked} answered`)
  if (ended) parts.push('the server ended the session')
  return [...parts, signedOut ? '**signed out**' : 'still signed in'].join('; ')
}

function version({ package: name }: Kind): string {
  const folder = name === 'lingpai' ? 'packages/lingpai' : `node_modules/${name}`
  return (JSON.parse(readFileSync(join(web, folder, 'package.json'), 'utf8')) as { version: string }).version
}

const row = (cells: string[]): string => `| ${cells.join(' | ')} |\n`

export async function main(only = process.argv.slice(2)): Promise<void> {
  addEvents()
  console.warn = () => {} // Each client warns of keeping tokens in storage, or of a missing network, in its own way.
  console.error = () => {}
  const heads = kinds.map((kind) => `${kind.name} ${version(kind)}`)
  let table = row(['', 'what happens', ...heads]) + row(Array.from({ length: heads.length + 2 }, () => '---'))
  for (const scenario of scenarios.filter(({ pain }) => !only.length || only.includes(pain))) {
    const cells = [scenario.pain, scenario.title]
    for (const kind of kinds) cells.push(cell(await play(scenario, kind)))
    table += row(cells)
    console.log(cells.join('\n    '))
  }
  if (only.length) return
  const page = readFileSync(join(import.meta.dirname, 'page.md'), 'utf8')
  const machine = `Node ${process.versions.node}, axios ${(JSON.parse(readFileSync(join(web, 'node_modules/axios/package.json'), 'utf8')) as { version: string }).version}, ${cpus().length} cores`
  writeFileSync(join(web, '../docs/client-comparison.md'), page.replace('{{machine}}', machine).replace('{{table}}\n', table))
}
