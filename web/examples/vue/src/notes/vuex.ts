// The same notes as a Vuex module, whose actions a component takes by mapActions.
import type { AxiosInstance } from 'axios'
import type { Module } from 'vuex'
import { troubleOf, type Trouble } from '../refusal'
import { notesApi, type Note, type Written } from './note'

export interface NotesState {
  /** `null` until they are loaded. */
  notes: readonly Note[] | null
  trouble: Trouble | null
}

export function notesModule(http: AxiosInstance): Module<NotesState, unknown> {
  const api = notesApi(http)
  return {
    namespaced: true,
    state: () => ({ notes: null, trouble: null }),
    mutations: {
      loaded: (state, notes: readonly Note[]) => Object.assign(state, { notes, trouble: null }),
      failed: (state, trouble: Trouble) => Object.assign(state, { trouble }),
    },
    actions: {
      load: ({ commit }) => api.list().then((notes) => commit('loaded', notes)).catch((error) => commit('failed', troubleOf(error))),
      add: ({ commit, state }, written: Written) =>
        api.add(written).then((note) => commit('loaded', [note, ...(state.notes ?? [])])).catch((error) => commit('failed', troubleOf(error))),
      remove: ({ commit, state }, id: string) =>
        api.remove(id).then(() => commit('loaded', (state.notes ?? []).filter((note) => note.id !== id))).catch((error) => commit('failed', troubleOf(error))),
    },
  }
}
