// What most pages never do while somebody looks at them, in one part: signing in, telling the server of a sign-out, living without
// BroadcastChannel.

import { lazy } from './lazy.js'
import type { signInWithPasskey as Passkey } from './passkey.js'

export { channelOf } from './channel.js'
export { begin, signIn } from './signin.js'
export { others, send } from './signout.js'
export { suspect } from './unheard.js'

export const signInWithPasskey: typeof Passkey = (...all) => lazy(import('./passkey.js')).then(part => part.signInWithPasskey(...all))
