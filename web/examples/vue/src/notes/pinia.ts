// The notes, with optimistic updates: a change is shown at once, and taken back when the server does not take it.
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { troubleOf, type Trouble } from '../refusal'
import { useServices } from '../services'
import { notesApi, optimistic, type Note, type Written } from './note'

export const useNotes = defineStore('notes', () => {
  const api = notesApi(useServices().http)
  const notes = shallowRef<readonly Note[]>([])
  const state = ref<'loading' | 'ready' | 'failed'>('loading')
  const trouble = shallowRef<Trouble | null>(null)
  let drafts = 0

  /** Loads all notes. What was loaded before stays in sight while it works, and when it fails. */
  async function load(): Promise<void> {
    trouble.value = null
    try {
      notes.value = await api.list()
      state.value = 'ready'
    } catch (error) {
      trouble.value = troubleOf(error)
      if (state.value === 'loading') state.value = 'failed'
    }
  }

  /** Answers with the id that the server gave, or with null when the note was not taken. */
  async function add(written: Written): Promise<string | null> {
    const draft = optimistic(`draft-${++drafts}`, written)
    notes.value = [draft, ...notes.value]
    const added = await attempt(() => api.add(written))
    notes.value = added ? replaced(draft.id, added) : without(draft.id)
    return added?.id ?? null
  }

  async function change(id: string, written: Written): Promise<boolean> {
    const before = find(id)
    if (!before) return false
    notes.value = replaced(id, optimistic(id, written))
    const changed = await attempt(() => api.change(id, written))
    notes.value = replaced(id, changed ?? before)
    return changed !== null
  }

  async function remove(id: string): Promise<boolean> {
    const before = notes.value
    notes.value = without(id)
    const gone = await attempt(async () => (await api.remove(id), true))
    if (!gone) notes.value = before
    return gone ?? false
  }

  async function attempt<T>(call: () => Promise<T>): Promise<T | null> {
    trouble.value = null
    try {
      return await call()
    } catch (error) {
      trouble.value = troubleOf(error)
      return null
    }
  }

  const find = (id: string) => notes.value.find((note) => note.id === id)
  const replaced = (id: string, by: Note) => notes.value.map((note) => (note.id === id ? by : note))
  const without = (id: string) => notes.value.filter((note) => note.id !== id)

  return { notes, state, trouble, load, add, change, remove, find }
})
