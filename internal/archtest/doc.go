// Package archtest keeps the rules of the house as tests, so that a rule is broken knowingly or not at all.
//
// It holds nothing but tests. Each rule reads the source of the whole module and says where it is broken and why it stands:
//
//	imports_test.go     who may import whom, and which library is used where
//	packages_test.go    one doc a package, no names that say nothing
//	calls_test.go       goroutines, the clock and printing have their places
//	size_test.go        functions and files that fit in a head
//	text_test.go        what no file of the repository says
//	routes_test.go      every route states its rules
//
// An exception is an entry in the table of its rule, with the reason; an exception that nothing needs any more is a failure too.
// samples_test.go feeds each rule a sample that breaks it, because a rule that sees nothing passes as well.
//
// A new package is given its floor in imports_test.go.
package archtest
