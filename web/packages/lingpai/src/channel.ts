// The other tabs without BroadcastChannel. Loaded where there is none.

import { localStorageOrNull } from './store.js'
import { listen, type Channel } from './tabs.js'

/** A change of localStorage is what the others hear; nothing stays in it. */
export function channelOf(name: string): Channel {
  const storage = localStorageOrNull()
  const key = `${name} tab`
  const channel: Channel = {
    onmessage: null,
    postMessage(text) {
      storage?.setItem(key, text)
      storage?.removeItem(key)
    },
    close: listen('storage', event => {
      const { key: changed, newValue } = event as StorageEvent
      if (changed === key && newValue) channel.onmessage!({ data: newValue } as MessageEvent)
    }),
  }
  return channel
}
