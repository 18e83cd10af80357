// Notes on the wire, and the calls of the API.
import type { AxiosInstance } from 'axios'

export interface Note {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly changed_at: string
}

export interface Written {
  readonly title: string
  readonly text: string
}

export interface NotesApi {
  list(): Promise<Note[]>
  add(written: Written): Promise<Note>
  change(id: string, written: Written): Promise<Note>
  remove(id: string): Promise<void>
}

/** The session is the interceptor's matter (bindAxios), so that a call is one line. */
export function notesApi(http: AxiosInstance): NotesApi {
  const at = (id: string) => '/notes/' + encodeURIComponent(id)
  return {
    list: async () => (await http.get<Note[]>('/notes')).data,
    add: async (written) => (await http.post<Note>('/notes', written)).data,
    change: async (id, written) => (await http.put<Note>(at(id), written)).data,
    remove: async (id) => void (await http.delete(at(id))),
  }
}

/** A note as it will be once the server has taken it, to be shown at once. */
export function optimistic(id: string, written: Written): Note {
  return { id, ...written, changed_at: new Date().toISOString() }
}
