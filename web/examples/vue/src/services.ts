// What one run of the app stands on. A switch of `keep` or DPoP makes a new one, see boot.ts.
import type { AxiosInstance } from 'axios'
import type { Auth } from 'lingpai'
import { inject, type InjectionKey } from 'vue'

export interface Services {
  readonly auth: Auth
  readonly http: AxiosInstance
  /** Signs out and starts the app anew with the settings of now, at the same address. */
  restart(): Promise<void>
}

export const servicesKey: InjectionKey<Services> = Symbol('services')

export function useServices(): Services {
  const services = inject(servicesKey)
  if (!services) throw new Error('useServices is called outside the app')
  return services
}
