// What the parts of the core know of one another.

import type { Clock, EndReason, Keep } from './types.js'
import type { Holding } from './holding.js'
import type { Server } from './server.js'
import type { State } from './state.js'
import type { Place } from './store.js'

export interface Core {
  readonly keep: Keep
  /** The same in all tabs of this session, for channels, locks and keys of storages. */
  readonly name: string
  readonly clock: Clock
  readonly state: State
  readonly server: Server
  /** Where `keep: 'storage'` keeps tokens; `null` for the others. */
  readonly place: Place | null
  /** Takes what the storage holds, if that is something else than what is held here; `true` if it was. */
  sync(): boolean
  /** Ends the session here and in the other tabs; the server is not asked. `null`: there was none. */
  leave(reason: EndReason | null): void
  /** Tells the other tabs what is held. */
  tellHeld(held: Holding): void
}
