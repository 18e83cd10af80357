import { describe, expect, it, vi } from 'vitest'
import { AuthError } from '../src/errors.js'
import type { AuthOptions, Keep } from '../src/types.js'
import { alice, bob, eventsOf, fakeWindow, soon, world } from './world.js'

type Device = NonNullable<AuthOptions['passkeys']>

const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'it was done', (error: AuthError) => error.code)

/** A prompt that stands open, and the questions that it was asked. */
function openPrompt(): Device & { asked: CredentialRequestOptions[] } {
  const asked: CredentialRequestOptions[] = []
  return {
    asked,
    get: request => new Promise((_, reject) => {
      asked.push(request!)
      request!.signal!.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
    }),
  }
}

describe.each<Keep>(['memory', 'storage', 'cookie'])('with keep: %s', keep => {
  it('signs in, restores after a reload, and other tabs see it', async () => {
    const { a, b, browser, server, open } = world({ keep })
    browser.passkey = 'alice'
    const session = await a.signInWithPasskey()
    expect(session).toBe(a.session)
    expect(session).toMatchObject({ status: 'in', user: { username: 'alice' }, ended: null })
    expect(JSON.parse(server.seen.find(one => one.path === '/auth/api/passkey')!.body)).toMatchObject({ keep, confirms: true })
    expect((await open().ready()).id).toBe(session.id)
    await soon()
    expect(b.session.id).toBe(session.id)
    expect(keep === 'cookie' || (await a.fetch('/api/notes')).status === 200).toBe(true)
    await a.signOut()
    expect(server.living).toBe(0)
  })

  it('a prompt that is closed changes nothing, and is told by its code', async () => {
    const { a, server } = world({ keep })
    await a.ready()
    const events = eventsOf(a)
    const error = await a.signInWithPasskey().catch(e => e)
    expect(error).toBeInstanceOf(AuthError)
    expect(error).toMatchObject({ code: 'passkey_cancelled', retryable: false, message: 'No passkey was used; try again, or sign in another way' })
    expect(error.cause).toMatchObject({ name: 'NotAllowedError' })
    expect([events, server.count('passkey')]).toEqual([[], 0])
  })

  it('takes the place of the session before', async () => {
    const { a, browser, server } = world({ keep })
    await a.signIn(bob)
    browser.passkey = 'alice'
    expect((await a.signInWithPasskey()).user?.username).toBe('alice')
    await soon()
    expect(server.living).toBe(1)
  })

  it.each(['options', 'answer'])('a sign-out while the %s is on its way leaves nobody signed in', async which => {
    const { a, browser, server, clock } = world({ keep })
    await a.ready()
    browser.passkey = 'alice'
    server.latency = 100
    const signingIn = codeOf(a.signInWithPasskey())
    await soon()
    if (which === 'answer') await clock.advance(150)
    await a.signOut()
    await clock.advance(1000)
    expect(await signingIn).toBe('discarded')
    await clock.advance(1000)
    expect(a.session.status).toBe('out')
    expect(server.living).toBe(0)
    expect(server.count('passkey')).toBe(which === 'answer' ? 1 : 0)
  })

  it('a sign-out before the prompt is answered calls it off', async () => {
    const { open } = world({ keep })
    const device = openPrompt()
    const auth = open({ passkeys: device })
    await auth.signIn(bob)
    const signingIn = codeOf(auth.signInWithPasskey())
    await soon()
    expect(device.asked).toHaveLength(1)
    await auth.signOut()
    expect(await signingIn).toBe('discarded')
    expect(device.asked[0]!.signal!.aborted).toBe(true)
  })
})

describe('what can go wrong', () => {
  it('a browser without passkeys', async () => {
    const { open } = world()
    const auth = open({ passkeys: undefined } as object)
    await expect(auth.signInWithPasskey()).rejects.toMatchObject({ code: 'passkey_unsupported', advice: expect.stringContaining('This browser') })
    vi.stubGlobal('isSecureContext', false)
    await expect(auth.signInWithPasskey()).rejects.toMatchObject({ code: 'passkey_unsupported', advice: expect.stringContaining('https') })
  })

  it('a browser that offers none where the name is typed', async () => {
    const { open } = world()
    vi.stubGlobal('PublicKeyCredential', { isConditionalMediationAvailable: async () => false })
    vi.stubGlobal('navigator', { credentials: openPrompt() })
    const auth = open({ passkeys: undefined } as object)
    await expect(auth.signInWithPasskey({ mediation: 'conditional' })).rejects.toMatchObject({ code: 'passkey_unsupported', advice: expect.stringContaining('button') })
  })

  it('a server without passkeys', async () => {
    const { a } = world({}, { passkeys: false })
    await expect(a.signInWithPasskey()).rejects.toMatchObject({ code: 'passkeys_unavailable', status: 404, retryable: false, message: expect.stringContaining('no passkeys here') })
  })

  it('a passkey that opens no account', async () => {
    const { a, browser } = world()
    browser.passkey = 'mallory'
    const error = await a.signInWithPasskey().catch(e => e)
    expect(error).toMatchObject({ code: 'passkey_invalid', status: 401, message: 'This passkey does not open an account here.', advice: expect.stringContaining('issuer') })
    expect(error.problem.request_id).toMatch(/^R-/)
    browser.passkey = 'toString'
    expect(await codeOf(a.signInWithPasskey())).toBe('passkey_invalid')
  })

  it('a challenge that another window has taken, or that has become old', async () => {
    const { a, b, browser, server, clock } = world()
    browser.passkey = 'alice'
    server.intercept('passkey', () => { browser.cookies.set('lingpai_passkey', 'challenge0') })
    expect(await codeOf(a.signInWithPasskey())).toBe('challenge_void')
    server.intercept('passkey', () => clock.sleep(601_000))
    expect(await codeOf(b.signInWithPasskey())).toBe('challenge_void')
  })

  it.each<[string, string, () => Response, object]>([
    ['no network', 'passkey/options', () => { throw new TypeError('fetch failed') }, { code: 'offline', retryable: true }],
    ['no network any more', 'passkey', () => { throw new TypeError('fetch failed') }, { code: 'offline', retryable: true }],
    ['something else', 'passkey/options', () => Response.json({}), { code: 'not_lingpai' }],
    ['nonsense', 'passkey/options', () => Response.json({ publicKey: { challenge: '%' } }), { code: 'not_lingpai' }],
    ['no JSON', 'passkey', () => new Response('<!doctype html>'), { code: 'not_lingpai' }],
    ['a throttle', 'passkey', () => Response.json({ code: 'rate_limited', detail: 'Later.' }, { status: 429, headers: { 'Retry-After': '30' } }), { code: 'rate_limited', retryAfter: 30 }],
  ])('%s', async (_, path, answer, wanted) => {
    const { a, browser, server } = world()
    browser.passkey = 'alice'
    server.intercept(path, answer)
    await expect(a.signInWithPasskey()).rejects.toMatchObject(wanted)
    expect(a.session.status).toBe('out')
  })

  it.each([
    ['SecurityError', 'passkey_unsupported'], ['NotSupportedError', 'passkey_unsupported'], ['NotAllowedError', 'passkey_cancelled'],
    ['AbortError', 'passkey_cancelled'], ['UnknownError', 'passkey_cancelled'],
  ])('the browser says %s', async (name, code) => {
    const { open } = world()
    const auth = open({ passkeys: { get: async () => { throw new DOMException('no', name) } } })
    await expect(auth.signInWithPasskey()).rejects.toMatchObject({ code, cause: { name } })
  })

  it('a browser that drops cookies', async () => {
    const { a, server, browser } = world()
    server.intercept('passkey', () => { browser.blocksCookies = true })
    browser.passkey = 'alice'
    expect(await codeOf(a.signInWithPasskey())).toBe('storage_blocked')
  })
})

describe('a signal', () => {
  it('takes the question back', async () => {
    const { open } = world()
    const device = openPrompt()
    const auth = open({ passkeys: device })
    const stop = new AbortController()
    const asking = auth.signInWithPasskey({ signal: stop.signal })
    await soon()
    stop.abort('enough')
    await expect(asking).rejects.toMatchObject({ code: 'passkey_cancelled', cause: 'enough' })
    expect(device.asked[0]!.signal!.aborted).toBe(true)
  })

  it('that was given already asks nobody', async () => {
    const { a, browser, server } = world()
    browser.passkey = 'alice'
    expect(await codeOf(a.signInWithPasskey({ signal: AbortSignal.abort() }))).toBe('passkey_cancelled')
    expect(server.count('passkey/options')).toBe(0)
  })

  it('comes too late when the passkey was taken', async () => {
    const { a, browser, server } = world()
    const stop = new AbortController()
    browser.passkey = 'alice'
    server.intercept('passkey', () => stop.abort())
    expect((await a.signInWithPasskey({ signal: stop.signal })).status).toBe('in')
  })
})

describe('an offer where the name is typed', () => {
  const conditional = { mediation: 'conditional' } as const

  it('waits until somebody takes a passkey', async () => {
    const { a, browser, clock } = world()
    const offer = a.signInWithPasskey(conditional)
    await soon()
    await clock.advance(60_000)
    expect(a.session.status).toBe('out')
    browser.passkey = 'alice'
    expect(await offer).toMatchObject({ status: 'in', user: { username: 'alice' } })
  })

  it('is over when somebody signs in, here or in another tab', async () => {
    const { a, b, browser } = world()
    const offers = [codeOf(a.signInWithPasskey(conditional))]
    await soon()
    await a.signIn(alice)
    expect(await Promise.all(offers)).toEqual(['discarded'])
    await a.signOut()
    await soon()
    const offer = codeOf(b.signInWithPasskey(conditional))
    await soon()
    await a.signIn(bob)
    expect(await offer).toBe('discarded')
    expect(browser.passkey).toBeNull()
  })

  it('can be taken back', async () => {
    const { a, browser } = world()
    const stop = new AbortController()
    const offer = codeOf(a.signInWithPasskey({ ...conditional, signal: stop.signal }))
    await soon()
    stop.abort()
    expect(await offer).toBe('passkey_cancelled')
    browser.passkey = 'alice'
    await soon()
    expect(a.session.status).toBe('out')
  })

  it('stands aside for a prompt, and comes back when that is closed', async () => {
    const { a, browser, server } = world()
    const offer = a.signInWithPasskey(conditional)
    await soon()
    expect(await codeOf(a.signInWithPasskey())).toBe('passkey_cancelled')
    await soon()
    expect(server.count('passkey/options')).toBe(3)
    browser.passkey = 'alice'
    expect((await offer).user?.username).toBe('alice')
  })

  it('does not take the challenge of the prompt away that it stands aside for', async () => {
    const { a, browser, server, clock } = world()
    const offer = codeOf(a.signInWithPasskey(conditional))
    await soon()
    server.latency = 1000
    const prompt = a.signInWithPasskey()
    await soon()
    browser.passkey = 'alice'
    for (let turn = 0; turn < 5; turn++) await clock.advance(1000)
    expect((await prompt).status).toBe('in')
    expect(await offer).toBe('discarded')
    expect(server.count('passkey/options')).toBe(2)
  })

  it('gives way to a later one', async () => {
    const { a, b, browser } = world()
    const first = codeOf(a.signInWithPasskey(conditional))
    await soon()
    const second = b.signInWithPasskey(conditional)
    expect(await first).toBe('passkey_cancelled')
    await soon()
    browser.passkey = 'alice'
    expect((await second).status).toBe('in')
  })

  it('is renewed before it is void, and when the page is looked at again, but not in a page that nobody sees', async () => {
    const page = fakeWindow('http://localhost/')
    const { a, browser, server, clock } = world({ events: false })
    const offer = a.signInWithPasskey(conditional)
    await soon()
    const asked = () => server.count('passkey/options')
    expect(asked()).toBe(1)
    await clock.advance(481_000)
    expect(asked()).toBe(2)
    page.hide()
    page.show()
    await soon()
    expect(asked()).toBe(2) // Somebody may just be choosing.
    page.hide()
    await clock.advance(3_600_000)
    expect(asked()).toBe(2)
    page.show()
    await soon()
    expect(asked()).toBe(3)
    browser.passkey = 'alice'
    expect((await offer).status).toBe('in')
    await clock.advance(3_600_000)
    page.hide()
    page.show()
    expect(asked()).toBe(3)
  })
})

describe('what goes to the browser and comes back', () => {
  const challenge = 'AAECAw'
  const publicKey = { challenge, rpId: 'localhost', allowCredentials: [{ type: 'public-key', id: '_-8' }], userVerification: 'required' }
  const bytes = (...all: number[]): ArrayBuffer => new Uint8Array(all).buffer
  const response = { clientDataJSON: bytes(1), authenticatorData: bytes(2), signature: bytes(255, 239), userHandle: bytes(4) }
  const credential = { id: 'x', rawId: bytes(9), type: 'public-key', response }
  const byHand = {
    id: 'x', rawId: 'CQ', type: 'public-key', clientExtensionResults: {},
    response: { clientDataJSON: 'AQ', authenticatorData: 'Ag', signature: '_-8', userHandle: 'BA' },
  }

  async function exchange(answer: object): Promise<{ asked: CredentialRequestOptions; sent: unknown }> {
    const { open, server } = world()
    let asked: CredentialRequestOptions | undefined
    const auth = open({ passkeys: { get: async request => { asked = request; return answer as Credential } } })
    server.intercept('passkey/options', () => Response.json({ publicKey }))
    await auth.signInWithPasskey().catch(() => {})
    const body = server.seen.find(one => one.path === '/auth/api/passkey')?.body
    return { asked: asked!, sent: body && JSON.parse(body).credential }
  }

  it('is translated where the browser does not do it', async () => {
    const { asked, sent } = await exchange(credential)
    expect(asked.publicKey).toEqual({ ...publicKey, challenge: new Uint8Array([0, 1, 2, 3]), allowCredentials: [{ type: 'public-key', id: new Uint8Array([255, 239]) }] })
    expect(sent).toEqual(byHand)
  })

  it('is the browser’s to translate where it can', async () => {
    vi.stubGlobal('PublicKeyCredential', { parseRequestOptionsFromJSON: (json: object) => ({ parsed: json }) })
    const { asked, sent } = await exchange({ ...credential, toJSON: () => ({ id: 'whole' }) })
    expect(asked.publicKey).toEqual({ parsed: publicKey })
    expect(sent).toEqual({ id: 'whole' })
  })

  it('is translated where a password manager stands in for the browser, and does not do it', async () => {
    expect((await exchange({ ...credential, toJSON() { throw new TypeError('Illegal invocation') } })).sent).toEqual(byHand)
  })
})
