// Package doctest holds the documentation to what the program does. It has tests only: they read the Markdown pages of the repository,
// run the examples in them against the built program, and follow the links.
//
// A comment that readers do not see stands before a fence and says what becomes of it:
//
//	<!-- run -->                  run it; exit status 0 is expected
//	<!-- run: fails -->           run it; another exit status is expected
//	<!-- run: server 4401 -->     start it, go on when the port takes connections, and stop it when the page ends or the next server
//	                              of that port is started; a Go program is compiled first
//	<!-- run: page 5173 -->       serve the HTML at the port, for a browser
//	<!-- prints -->               the example before printed this, whatever its stream
//	<!-- not run: the reason -->  for shell and Go examples that cannot be run, all others of which must be
//
// All shell examples of a page run in one bash session, so variables last. The commands stand there as a reader types them: the data
// folder is that of a fresh HOME, and the ports 4401, 5173 and 8080 are exchanged for free ones on the way in and back on the way out.
//
// In what is printed, "…" stands for anything within a line, and alone on a line for any lines. A json fence is compared without regard
// to white space.
package doctest
