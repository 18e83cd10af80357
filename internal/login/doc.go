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
// login.go has the routes of who is not signed in, account.go those of the account page; what a route asks for besides a session (a fresh sign-in, the
// second factor) stands beside its form there, and fresh.go says what that means. outcome.go is what the account page says after a change, reason.go
// why somebody is at the sign-in page, address.go where pages are.
//
// A sign-in here starts a session that is kept in the cookie alone (keep: cookie). Where a form leads is checked by the edge's ReturnTo.
package login
