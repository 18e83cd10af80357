// The same notes as a Vuex module, whose actions a component takes by mapActions.
import type { AxiosInstance } from 'axios'
import type { Module } from 'vuex'
import { troubleOf, type Trouble } from '../refusal'
import { notesApi, type Note, type Written } from './note'

export interface NotesState {
  notes: Note[]
  loading: boolean
  trouble: Trouble | null
}

export function notesModule(http: AxiosInstance): Module<NotesState, unknown> {
  const api = notesApi(http)
  return {
    namespaced: true,
    state: () => ({ notes: [], loading: true, trouble: null }),
    mutations: {
      loaded: (state, notes: Note[]) => Object.assign(state, { notes, loading: false, trouble: null }),
      added: (state, note: Note) => state.notes.unshift(note),
      removed: (state, id: string) => (state.notes = state.notes.filter((note) => note.id !== id)),
      failed: (state, trouble: Trouble) => Object.assign(state, { loading: false, trouble }),
    },
    actions: {
      load: ({ commit }) => api.list().then((notes) => commit('loaded', notes)).catch((error) => commit('failed', troubleOf(error))),
      add: ({ commit }, written: Written) =>
        api.add(written).then((note) => commit('added', note)).catch((error) => commit('failed', troubleOf(error))),
      remove: ({ commit }, id: string) =>
        api.remove(id).then(() => commit('removed', id)).catch((error) => commit('failed', troubleOf(error))),
    },
  }
}
