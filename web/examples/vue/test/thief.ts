// The most that a hostile script can do in a page: these functions are put into it, one before the first line of the app runs, as a script
// does that got into a package, and one later. They know of no secret. They bring along whatever looks as if it could be one, by the
// place where it lay, and the tests, which see what no page does, say whether there is one in it.

/** What was found, by place: runs of at least twenty characters that tokens are made of. */
export type Loot = Record<string, string[]>

/** Listens at every door that data goes through, in both directions, from before the app begins. */
export function listen(): void {
  const heard = new Set<string>()
  Object.defineProperty(window, 'heard', { value: heard })
  let busy = false
  const note = (value: unknown, depth: number): void => {
    if (typeof value === 'string') {
      if (value.length >= 20) heard.add(value)
    } else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) note(new TextDecoder('latin1').decode(value), depth)
    else if (value instanceof Headers || value instanceof URLSearchParams || value instanceof Map) for (const [name, text] of value) note(name, depth), note(text, depth)
    else if (value instanceof Request) note(value.url, depth), note(value.headers, depth)
    else if (value instanceof Response) note(value.headers, depth)
    else if (value instanceof Promise) void value.then(hear, () => undefined)
    else if (value !== null && typeof value === 'object' && !(value instanceof Node) && depth > 0) for (const inner of Object.values(value)) note(inner, depth - 1)
  }
  function hear(...values: unknown[]): void {
    if (busy) return
    busy = true
    try {
      for (const value of values) note(value, 3)
    } catch {
      // It cannot be read.
    }
    busy = false
  }
  const tap = (owner: object, ...names: string[]): void => {
    for (const name of names) {
      const was = Object.getOwnPropertyDescriptor(owner, name)
      if (!was) throw new Error(`there is no door ${name}`)
      const through = (honest: (...args: unknown[]) => unknown) =>
        new Proxy(honest, {
          apply(target, self, args) {
            hear(self instanceof Object && !(self instanceof String) ? null : String(self), ...args)
            const out: unknown = Reflect.apply(target, self, args)
            hear(out)
            return out
          },
          construct(target, args, as) {
            hear(...args)
            return Reflect.construct(target, args, as) as object
          },
        })
      const tapped = { ...was }
      for (const part of ['value', 'get', 'set'] as const) if (typeof was[part] === 'function') tapped[part] = through(was[part] as never) as never
      Object.defineProperty(owner, name, tapped)
    }
  }
  tap(window, 'fetch', 'postMessage', 'structuredClone', 'atob', 'btoa', 'WebSocket', 'EventSource', 'Worker', 'SharedWorker', 'Request', 'Headers')
  tap(XMLHttpRequest.prototype, 'open', 'setRequestHeader', 'send', 'getResponseHeader', 'getAllResponseHeaders', 'response', 'responseText')
  tap(Headers.prototype, 'get', 'set', 'append')
  tap(Response.prototype, 'json', 'text', 'arrayBuffer')
  tap(Storage.prototype, 'getItem', 'setItem')
  tap(IDBObjectStore.prototype, 'put', 'add')
  tap(IDBRequest.prototype, 'result')
  tap(Cache.prototype, 'put', 'match')
  tap(Document.prototype, 'cookie')
  for (const door of [MessagePort, BroadcastChannel, Worker, WebSocket]) tap(door.prototype, door === WebSocket ? 'send' : 'postMessage')
  tap(MessageEvent.prototype, 'data')
  tap(Navigator.prototype, 'sendBeacon')
  tap(SubtleCrypto.prototype, 'sign', 'digest', 'encrypt', 'importKey', 'exportKey')
  tap(TextEncoder.prototype, 'encode')
  tap(JSON, 'parse', 'stringify')
  tap(Object, 'assign', 'freeze')
  tap(Map.prototype, 'set', 'get')
  tap(Promise.prototype, 'then')
  tap(String.prototype, 'split', 'slice', 'startsWith', 'replace', 'match')
  tap(RegExp.prototype, 'exec', 'test')
}

/** Looks into everything that a script can reach: what is stored, what hangs on the window, and what the server answers it. */
export async function search(addresses: string[]): Promise<Loot> {
  const loot: Record<string, Set<string>> = {}
  const take = (place: string, text: string): void => {
    const runs = (loot[place] ??= new Set())
    for (const [run] of text.matchAll(/[\w.~+/=-]{20,}/g)) runs.add(run)
  }
  const auths = new Set<{ token(): Promise<string | null> }>()
  const heard = (window as unknown as { heard?: Set<string> }).heard

  /** Goes through all that hangs on a value: names, symbols, what getters give, maps, sets, bytes, prototypes. */
  const walk = async (place: string, ...roots: unknown[]): Promise<number> => {
    const seen = new Set<unknown>([heard, loot, auths, take])
    const rest = [...roots]
    while (rest.length > 0 && seen.size < 3_000_000) {
      const value = rest.pop()
      if (typeof value === 'string') take(place, value)
      if (value === null || (typeof value !== 'object' && typeof value !== 'function') || seen.has(value)) continue
      seen.add(value)
      if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
        take(place, new TextDecoder('latin1').decode(value))
        continue
      }
      if (value instanceof Promise) rest.push(await Promise.race([value, null]).catch(() => null)) // what it holds, if it holds it yet
      if (value instanceof Map) rest.push(...value.keys(), ...value.values())
      if (value instanceof Set) rest.push(...value)
      if (value instanceof Headers || value instanceof URLSearchParams || value instanceof FormData) rest.push(...[...value].flat())
      const like = value as { token?: unknown; signIn?: unknown; signOut?: unknown }
      try {
        if (typeof like.token === 'function' && typeof like.signIn === 'function' && typeof like.signOut === 'function') auths.add(value as never)
      } catch {
        // It is of another origin.
      }
      for (let owner: object | null = value; owner && owner !== Object.prototype; owner = Reflect.getPrototypeOf(owner)) {
        if (owner !== value && value instanceof EventTarget && !(value instanceof Window)) break // what elements can do is no data
        for (const name of Reflect.ownKeys(owner)) {
          if (typeof name === 'string') take(place, name)
          try {
            rest.push(Reflect.get(owner, name, value))
          } catch {
            // It is locked.
          }
        }
      }
      rest.push(Reflect.getPrototypeOf(value))
    }
    return seen.size
  }

  const done = <T>(request: { result: T; error: unknown; onsuccess: unknown; onerror: unknown }): Promise<T> =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error as Error)
    })
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name ?? ''))
    const stores = [...database.objectStoreNames]
    if (stores.length > 0) {
      const transaction = database.transaction(stores)
      const reads = stores.flatMap((store) => [done<unknown>(transaction.objectStore(store).getAll()), done<unknown>(transaction.objectStore(store).getAllKeys())])
      await walk('indexedDB', ...(await Promise.all(reads)))
    }
    database.close()
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name)
    for (const request of await cache.keys()) {
      const kept = await cache.match(request)
      take('caches', [request.url, ...[...request.headers].flat(), ...[...(kept?.headers ?? [])].flat(), await kept?.text()].join('\n'))
    }
  }
  for (const worker of await navigator.serviceWorker.getRegistrations()) take('workers', worker.scope.padEnd(20, '.'))
  take('cookies', document.cookie)
  const store = (window as unknown as { cookieStore: { getAll(): Promise<unknown> } }).cookieStore
  await walk('cookies', await store.getAll())
  await walk('localStorage', Object.entries(localStorage))
  await walk('sessionStorage', Object.entries(sessionStorage))
  take('page', document.documentElement.outerHTML)
  await walk('page', history.state, window.name, location.href, document.referrer, performance.getEntries().map((entry) => JSON.stringify(entry)))
  const reached = await walk('window', window, ...document.querySelectorAll('*'))
  take('window', `reached.${auths.size > 0 ? 'auth' : 'nothing'}.${reached > 5_000 ? 'deep' : 'shallow'}....................`)
  for (const auth of auths) take('client', String(await auth.token().catch(() => null)))

  const wish = { redirect_uris: [location.origin + '/'], keep: 'storage', token_endpoint_auth_method: 'none', client_name: 'x', client_id: 'x', grant_type: 'refresh_token' }
  const ways: RequestInit[] = [
    {},
    { headers: { Accept: 'text/html' } },
    { method: 'POST' },
    { method: 'POST', body: JSON.stringify(wish), headers: { 'Content-Type': 'application/json' } },
    { method: 'POST', body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'x', keep: 'storage' }) },
  ]
  const ask = async (address: string, init: RequestInit): Promise<void> => {
    const answer = await fetch(address, { ...init, credentials: 'include' }).catch(() => null)
    if (!answer) return
    const place = `answer of ${init.method ?? 'GET'} ${address}`
    take(place, [...answer.headers].flat().join('\n') + '\n' + answer.url)
    const reader = answer.body?.getReader()
    const text = new TextDecoder()
    const enough = setTimeout(() => void reader?.cancel(), 1500) // a stream has no end
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) take(place, text.decode(read.value, { stream: true }))
    clearTimeout(enough)
  }
  for (const address of addresses) await Promise.all(ways.map((way) => ask(address, way)))
  for (const text of heard ?? []) take('heard', text)
  return Object.fromEntries(Object.entries(loot).map(([place, runs]) => [place, [...runs]]))
}

/** Leaves a text in every place that a search must find it in. */
export async function plant(text: string): Promise<void> {
  document.cookie = `planted=${text}`
  localStorage.setItem('planted', text)
  sessionStorage.setItem('planted', text)
  const opening = indexedDB.open('planted', 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('planted')
  await new Promise((resolve) => (opening.onsuccess = resolve))
  const writing = opening.result.transaction('planted', 'readwrite')
  writing.objectStore('planted').put({ inside: new Map([['key', new TextEncoder().encode(text)]]) }, 1)
  await new Promise((resolve) => (writing.oncomplete = resolve))
  opening.result.close()
  await (await caches.open('planted')).put('/planted', new Response(text))
  document.body.dataset.planted = text
  // As deep as a store of an app: a symbol, on a class's getter, in a map, on an element that a framework marked.
  class Hidden {
    readonly #where: string
    constructor(text: string) {
      this.#where = text
    }
    get within(): { [name: symbol]: string } {
      return { [Symbol('planted')]: this.#where }
    }
  }
  Object.defineProperty(document.querySelector('main'), '__planted', { value: new Map([[1, [new Hidden(text)]]]) })
  await fetch('/favicon.svg', { headers: { 'X-Planted': text } })
}
