// Package browsertest uses the pages as people do: a real server, a real Chromium. It has tests only.
//
// Each test starts a server of its own, with a database in a temporary folder and a clock that the test sets, and opens tabs. All tabs
// share one Chromium process; tabs that do not share their cookies are two browsers to the server. Whatever a test is about, it fails
// when a page writes to the console, violates its policy, makes the browser report an issue, or asks another origin for anything.
//
// The tour is the list of all pages in all their states. On every stop of it, in both languages, both themes, wide and narrow, axe-core
// must find nothing and nothing may stick out of the window. To look at the stops with one's own eyes:
//
//	go test ./internal/browsertest -run Tour -screenshots DIR
//
// Where Chromium or web/node_modules (npm ci, in web) is missing, tests skip; with CI=true or LINGPAI_TEST_REQUIRE=1 they fail.
package browsertest
