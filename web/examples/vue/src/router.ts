// Each route says who may enter (meta.auth); the guard of lingpai/vue sees to it.
import { createRouter, createWebHistory, type Router } from 'vue-router'
import AdminPage from './pages/AdminPage.vue'
import LoginPage from './pages/LoginPage.vue'
import MissingPage from './pages/MissingPage.vue'
import NotesPage from './pages/NotesPage.vue'
import VuexPage from './pages/VuexPage.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** The entry of the catalogue that titles the page. */
    title?: 'login' | 'notes' | 'vuex' | 'admin' | 'missing'
  }
}

export function makeRouter(): Router {
  return createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/login', component: LoginPage, meta: { auth: 'guest', title: 'login' } },
      { path: '/', component: NotesPage, meta: { auth: true, title: 'notes' } },
      { path: '/notes/:id', component: NotesPage, meta: { auth: true, title: 'notes' } },
      { path: '/vuex', component: VuexPage, meta: { auth: true, title: 'vuex' } },
      // Not { roles: ['admin'] }: whoever lacks the role should see the server refuse, and read why.
      { path: '/admin', component: AdminPage, meta: { auth: true, title: 'admin' } },
      { path: '/:rest(.*)*', component: MissingPage, meta: { title: 'missing' } },
    ],
  })
}
