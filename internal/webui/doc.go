// Package webui draws the pages that people see: first setup, sign-in, sign-out, account, and a refusal explained.
//
// It renders and nothing else. It holds no rule of sign-in, knows no store and imports only the leaf [fault]. Each page is one struct
// (what is on it) and one method of [UI] (draw it into a writer). Callers buffer: a page that fails is never half sent.
//
//   - Words stand in catalogue/, one file a language, with the same keys and the same placeholders.
//   - templates/ holds a file a page and the partials that they share.
//   - static/ holds the style sheet, the favicon and small ES modules, served as they are by [UI.Assets].
//
// No page needs script. What script adds (a switch to show a password, a busy button, times in the reader's own zone, remembering the
// theme) is left out where it does not run. Nothing is inline, so the pages pass a policy of `default-src 'none'; style-src 'self';
// img-src 'self'; script-src 'self'; form-action 'self'`.
//
// The pages ask for the referrer policy `same-origin`. `no-referrer` would be as tight towards others, but makes browsers send
// `Origin: null` with our own forms, and then cross-origin protection cannot tell them from a stranger's where Sec-Fetch-Site is missing. A page
// whose address holds a code asks for `strict-origin`, by which no path leaves it at all.
package webui
