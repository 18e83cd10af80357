// Package exchange knows what passed through the dev server: each request, what became of it, who answered, and why it was refused.
//
// [Witness] stands around a request and its answer and sees what goes by. [Log] keeps the last 500 of them, and lets readers follow: the
// pages, the stream of events, the terminal. What is shown of one holds no secret that could be used again: tokens come without their
// signatures, cookies and passwords without their values (redact.go).
package exchange
