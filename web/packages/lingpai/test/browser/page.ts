// What the page of axios.browser.test.ts has at hand.
import axios from 'axios'
import { bindAxios } from '../../src/axios.js'
import { signedInAs, StandIn } from '../standin.js'

const auth = new StandIn().restore(signedInAs('alice'))

declare global {
  interface Window {
    page: typeof page
  }
}

const page = { auth, http: bindAxios(axios.create(), auth) }
window.page = page
