// Package login is the pages that people see: the first account, signing in, signing out, and one's own account. Every form works
// without JavaScript: a POST that succeeds answers 303 to a page, a POST that fails draws its form again with what is wrong.
//
//	           ┌───────── GET /auth/setup?code=… ─ POST ───────────┐
//	(nobody yet)                                                   ▼
//	any page that needs a person ──303──▶ GET /auth/login ─ POST ──303──▶ return_to, or /auth/account
//	                                        ▲   │ refused: the same page, why, name kept
//	                                        │   ▼
//	             GET /auth/logout ─ POST ─▶ signed out      GET /auth/account ─ POST profile | password | sessions
//
//	GET /auth/forgot ─ POST ─▶ a letter, if there is anybody to write to ─▶ GET /auth/reset?code=… ─ POST ──303──▶ GET /auth/login
//	GET /auth/account ─ POST email/confirm ─▶ a letter ─▶ GET /auth/account/confirm?code=… ─ POST ──303──▶ GET /auth/account
//
// A sign-in here starts a session that is kept in the cookie alone (keep: cookie). Where a form leads is checked by the edge's ReturnTo.
package login
