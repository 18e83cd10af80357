export { createAuth } from './auth.js'
export { AuthError, type AuthErrorCode, type AuthErrorDetails, type ClientCode } from './errors.js'
export { safeReturnTo } from './returnto.js'
export type * from './types.js'
