// Package inspector opens tokens and says what is in them, what is wrong with them, and why an API would refuse them.
//
// [Find] takes a token out of whatever was pasted, [Inspect] takes it apart. Nothing here is a judgement to act on: a token is shown
// even where every verifier turns away, and [Report.Signature] says whether anything vouches for it. The verdict is that of package
// token, by its own rules, so that it is the very refusal that an API gives.
//
// The words are data: catalogue/rules.json lists the findings, catalogue/<language>.json explains them and the members of tokens. The
// page /auth/inspect works by the same data and, in the browser, by modules that follow this package rule for rule; testdata holds the
// cases that both are tested with.
//
// The package keeps nothing, fetches nothing and has no clock. Its functions are safe for concurrent use.
package inspector
