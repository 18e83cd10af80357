// Parts that are loaded when they are needed.

import { AuthError } from './errors.js'

/** A part that cannot be loaded is a network that cannot be reached. */
export const lazy = <T>(part: Promise<T>): Promise<T> => part.catch(cause => { throw new AuthError('offline', { cause }) })

export const seldom = (): Promise<typeof import('./seldom.js')> => lazy(import('./seldom.js'))

export const open = (): Promise<typeof import('./open.js')> => lazy(import('./open.js'))
