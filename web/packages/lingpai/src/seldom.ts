// What most pages never do while somebody looks at them, in one part: signing in, telling the server of a sign-out, living without
// BroadcastChannel.

export { channelOf } from './channel.js'
export { signIn } from './signin.js'
export { others, send } from './signout.js'
