// A device with a passkey, at whichever tab somebody sits: Chromium's virtual authenticator. It counts on from tab to tab, as a device does.
import type { BrowserContext, CDPSession, Page } from 'playwright-core'
import { password } from './server.ts'
import type { Site } from './site.ts'

type Credential = Awaited<ReturnType<typeof credentialsOf>>[number]

const credentialsOf = async (cdp: CDPSession, authenticatorId: string) => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials

/** The device as it is held to one tab. */
export interface AtTab {
  /** Whether it finds that it is its person. */
  recognises(is: boolean): Promise<void>
  /** Whether its person touches it when it asks. */
  touched(is: boolean): Promise<void>
}

export class Device {
  private constructor(private passkey: Credential) {}

  /** Adds a passkey to the account of a person, on the account page. */
  static async of(context: BrowserContext, site: Site, name: string): Promise<Device> {
    const tab = await context.newPage()
    const { cdp, authenticatorId } = await authenticator(tab)
    await tab.addInitScript(() => { PublicKeyCredential.isConditionalMediationAvailable = async () => false }) // there is none to offer yet
    await tab.goto(`${site.origin}/auth/login?return_to=/auth/account`)
    await tab.fill('input[name=username]', name)
    await tab.fill('input[name=password]', password)
    await tab.click('main .button.primary')
    await tab.click('#add-passkey button')
    await tab.waitForURL('**/auth/account?done=passkey_added*')
    const [passkey] = await credentialsOf(cdp, authenticatorId)
    await tab.close()
    return new Device(passkey!)
  }

  /** Holds it to a tab. Its person touches it whenever they are asked, until they are told otherwise. */
  async at(tab: Page): Promise<AtTab> {
    const { cdp, authenticatorId } = await authenticator(tab)
    await cdp.send('WebAuthn.addCredential', { authenticatorId, credential: this.passkey })
    cdp.on('WebAuthn.credentialAsserted', ({ credential }) => { this.passkey = credential })
    return {
      recognises: async (is) => void (await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: is })),
      touched: async (is) => void (await cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: is })),
    }
  }
}

async function authenticator(tab: Page): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const cdp = await tab.context().newCDPSession(tab)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
    },
  })
  return { cdp, authenticatorId }
}
