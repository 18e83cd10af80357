// Builds the whole app from the settings: one session (createAuth), and everything that shares it.
import axios from 'axios'
import { createAuth, type Auth } from 'lingpai'
import { bindAxios } from 'lingpai/axios'
import { lingpai } from 'lingpai/vue'
import { authModule } from 'lingpai/vuex'
import { createPinia } from 'pinia'
import { createApp, type App as VueApp } from 'vue'
import { createStore } from 'vuex'
import App from './App.vue'
import { notesModule } from './notes/vuex'
import { makeRouter } from './router'
import { servicesKey } from './services'
import { settings } from './settings'
import { tell, watchAuth, watchAxios, watchedFetch } from './story/record'

let running: { app: VueApp; auth: Auth } | undefined

export function start(): void {
  const auth = createAuth({ base: '/auth', keep: settings.keep, dpop: settings.dpop, origins: ['/api'], fetch: watchedFetch })
  const http = bindAxios(watchAxios(axios.create({ baseURL: '/api', timeout: 15_000 })), auth)
  const router = makeRouter()
  const store = createStore({ modules: { auth: authModule(auth), notes: notesModule(http) } })
  const app = createApp(App)
  watchAuth(auth, router)
  app.provide(servicesKey, { auth, http, restart })
  app.use(createPinia()).use(store).use(lingpai, { auth, router, login: '/login', home: '/' }).use(router)
  app.mount('#app')
  running = { app, auth }
}

async function restart(): Promise<void> {
  const before = running
  if (!before) return
  running = undefined
  before.app.unmount() // first, so that its guard does not lead away from here
  await before.auth.signOut()
  before.auth.dispose()
  tell({ kind: 'switched', keep: settings.keep, dpop: settings.dpop })
  start()
}
