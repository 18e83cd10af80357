// The catalogue of the chosen language.
import { computed } from 'vue'
import type { Trouble } from '../refusal'
import { settings } from '../settings'
import { en, type Words } from './en'
import { zh } from './zh'

export const say = computed<Words>(() => (settings.language === 'en' ? en : zh))

/** One sentence about what went wrong, in the reader's language where the catalogue has it. */
export function sentence(trouble: Trouble): string {
  return say.value.refusals[trouble.code] ?? (settings.language === 'en' && trouble.detail ? trouble.detail : (say.value.refusals.unknown ?? ''))
}

/** The time of day, to the second. */
export function clock(seconds: number): string {
  return new Intl.DateTimeFormat(settings.language, { timeStyle: 'medium', hourCycle: 'h23' }).format(seconds * 1000)
}

const units = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]] as const

/** How long ago that was, as people say it: "5 minutes ago". */
export function ago(time: string, now = Date.now()): string {
  const seconds = Math.min(0, Math.round((Date.parse(time) - now) / 1000))
  const [unit, size] = units.find(([, size]) => -seconds >= size) ?? ['second', 1]
  return new Intl.RelativeTimeFormat(settings.language, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit)
}
