// What runs while a page is open: fetch, streams, judging refusals, and watching over the session. Loaded when somebody is signed in, or by the first call.

export { fetchWith } from './fetch.js'
export { judge } from './judge.js'
export { runEventSource, runWebSocket } from './stream.js'
export { watch } from './watch.js'
