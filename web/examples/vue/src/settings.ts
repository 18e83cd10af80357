// What the visitor chose: how the session is kept, and how the page looks. None of it is secret, so it lies in localStorage.
import type { Keep } from 'lingpai'
import { reactive, watchEffect } from 'vue'

export type Theme = 'auto' | 'light' | 'dark'
export type Language = 'en' | 'zh-Hans'
export type Panel = '' | 'story' | 'theft'

export const keeps: readonly Keep[] = ['memory', 'storage', 'cookie']
const themes: readonly Theme[] = ['auto', 'light', 'dark']
export const languages: readonly Language[] = ['en', 'zh-Hans']
const panels: readonly Panel[] = ['', 'story', 'theft']

export interface Settings {
  keep: Keep
  dpop: boolean
  theme: Theme
  language: Language
  panel: Panel
}

export const settings: Settings = reactive({
  keep: one('keep', keeps, keeps.find((keep) => keep === import.meta.env.VITE_KEEP) ?? 'memory'),
  dpop: remembered('dpop') === 'true',
  theme: one('theme', themes, 'auto'),
  language: one('language', languages, navigator.language.startsWith('zh') ? 'zh-Hans' : 'en'),
  panel: one('panel', panels, ''),
})

watchEffect(() => {
  for (const [name, value] of Object.entries(settings)) remember(name, String(value))
  document.documentElement.lang = settings.language
  document.documentElement.dataset.theme = settings.theme
})

function one<T extends string>(name: string, among: readonly T[], otherwise: T): T {
  const was = remembered(name)
  return among.find((value) => value === was) ?? otherwise
}

// A browser may refuse storage. Then choices last as long as the page.
function remembered(name: string): string | null {
  try {
    return localStorage.getItem('notes.' + name)
  } catch {
    return null
  }
}

function remember(name: string, value: string): void {
  try {
    localStorage.setItem('notes.' + name, value)
  } catch {
    // See remembered.
  }
}
