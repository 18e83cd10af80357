// Package admin is what administrators do here in a browser, and by programs: pages under /auth/admin, JSON under /auth/api/admin. It is a thin way to what the
// command line calls as well, with the same refusals and the same events; the actor of those is the administrator.
//
// Who may: whoever has the role admin now, as the account is read with every request. Looking takes the role alone. Every change also takes a sign-in of
// the last ten minutes, with the factor that the account has: a browser that was left open, and a stolen cookie, change nothing. A page then leads to the
// sign-in page and back, a program reads step_up_required. Tokens of apps open nothing here.
//
// Nobody locks themselves out: an administrator cannot close, remove or demote their own account. Another one can, and so can the command line.
//
// Nobody sets the password of another. Who needs one gets a link, by mail, or from the hand of the administrator where no mail is sent.
//
// A subject is a file for its pages (users.go) and one for its JSON (users_json.go). access.go says who may.
package admin
