package archtest

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

func TestOnlyAppStartsGoroutines(t *testing.T) {
	hold(t, goroutines, exceptions{
		"follower.go":                             "the public verifier has no app; one reader of the feed and one who acknowledges, which end with the context of NewVerifier",
		"keyset.go":                               "the public verifier has no app; one fetch of the keys at a time, which ends by its own timeout",
		"internal/sqlstore/writer.go":             "the one writer of the store, stopped by Close",
		"internal/devserver/script/limit.go":      "a script can only be interrupted from beside; the timer is stopped when the script ends",
		"internal/devserver/mock/conversation.go": "one reader of a mocked WebSocket beside the one who writes; the call that began it waits for its end",
		"internal/devserver/child/guard.go":       "a process of its own: it waits for the program and for its standard input at once, and ends with either",
		"cmd/lingpai/dev_screen.go":               "one reader of keys, which ends with the process; nothing else can be done while it waits",
		"cmd/lingpai/progress.go":                 "a bar shows work that does not tell how far it is; the call waits for the work",
		"internal/mail/smtp.go":                   "a connection to a mail server can only be cut from beside; what waits for that is stopped when the call ends",
		"internal/wire/transport.go":              "a connection can only be cut from beside when its request ends; what waits for that is stopped with the answer",
		"internal/wire/conn.go":                   "a timer closes connections that nobody uses, as http.Transport's does; CloseIdleConnections stops it",
		"internal/password/worker.go":             "one reader of the answers of the process that hashes, and one goroutine a hash inside it; both end with the process",
		"web/examples/vue/run/main.go":            "a program of its own: it serves until it is told to stop",
		"web/examples/vue/run/parts.go":           "a program of its own: it waits for each of the programs that it starts",
	})
}

func TestTheClockIsPassedIn(t *testing.T) {
	hold(t, clocks, exceptions{
		"dpop.go":                        "the public verifier runs on the process's clock",
		"follower.go":                    "the public verifier runs on the process's clock",
		"identity.go":                    "the public verifier runs on the process's clock",
		"internal/gateway/app.go":        "whether an upstream takes connections is a matter of the network's own time; nothing of a client is judged by it",
		"internal/gateway/proxy.go":      "deadlines of connections are set in the network's own time",
		"internal/wire/conn.go":          "deadlines and the age of connections are measured in the network's own time",
		"internal/sqlstore/writer.go":    "measures how long a commit takes, to find out whether the disk is quick; nothing of a client is judged by it",
		"internal/wire/shortcut.go":      "deadlines and the age of connections are measured in the network's own time",
		"stepup.go":                      "the public verifier runs on the process's clock",
		"keyset.go":                      "the age of the fetched keys; the public verifier runs on the process's clock",
		"verifier.go":                    "the public verifier runs on the process's clock",
		"internal/password/admission.go": "measures how long hashing takes, for the metrics; nothing is judged by it",
		"internal/password/worker.go":    "how often the process that hashes is started anew; nothing of a client is judged by it",
		"internal/webui/webui.go":        "pages say how long ago something was; whoever does not choose a clock gets the process's",
		"web/examples/vue/api/main.go":   "a program of its own: it passes the clock on",
	})
}

func TestOnlyCommandsPrint(t *testing.T) { hold(t, printing, nil) }

func TestNobodySleepsForTimeToPass(t *testing.T) { hold(t, sleeping, nil) }

func TestPatternsWaitUntilTheyAreUsed(t *testing.T) { hold(t, earlyPatterns, nil) }

// goroutines finds what may outlive the call that began it. Package app starts such work, names it, stops it and waits for it.
func goroutines(s *source) (found []violation) {
	const why = "starts a goroutine; only app does, which stops it and waits for it"
	eachNode(s, func(p *pkg, f *file, n ast.Node) {
		if p.path == "internal/app" || f.isTest || slices.Contains(testSupport, p.path) {
			return
		}
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, f.at(n.Pos(), why))
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if ok && (sel.Sel.Name == "Go" && len(n.Args) == 1 || sel.Sel.Name == "AfterFunc") {
				found = append(found, f.at(n.Pos(), why))
			}
		}
	})
	return found
}

// clocks finds who reads the time for itself. Tests of such code would have to wait.
func clocks(s *source) (found []violation) {
	eachNode(s, func(p *pkg, f *file, n ast.Node) {
		if f.isTest || p.path == "internal/app" || strings.HasPrefix(p.path, "cmd/") || slices.Contains(testSupport, p.path) {
			return
		}
		if name := selected(n, "time"); name == "Now" || name == "Since" || name == "Until" {
			found = append(found, f.at(n.Pos(), "calls time.%s; take now func() time.Time, which app passes in and tests choose", name))
		}
	})
	return found
}

func printing(s *source) (found []violation) {
	eachNode(s, func(p *pkg, f *file, n ast.Node) {
		if f.isTest || strings.HasPrefix(p.path, "cmd/") {
			return
		}
		if name := selected(n, "fmt"); strings.HasPrefix(name, "Print") {
			found = append(found, f.at(n.Pos(), "calls fmt.%s; standard output belongs to the command, logs to the *slog.Logger that was passed in", name))
		}
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok && (id.Name == "print" || id.Name == "println") {
				found = append(found, f.at(n.Pos(), "calls %s, which is for the compiler's own tests", id.Name))
			}
		}
	})
	return found
}

// sleeping finds waits for a length of time. In a synctest bubble they cost none and are exact; elsewhere they make tests slow and unsure.
// One file of a package may open the bubble in which the tests of another sleep.
func sleeping(s *source) (found []violation) {
	eachNode(s, func(p *pkg, f *file, n ast.Node) {
		if selected(n, "time") == "Sleep" && !(f.isTest && p.testsInBubbles()) {
			found = append(found, f.at(n.Pos(), "calls time.Sleep; wait for the event itself, or use testing/synctest"))
		}
	})
	return found
}

func (p *pkg) testsInBubbles() bool {
	return slices.ContainsFunc(p.files, func(f *file) bool {
		return slices.ContainsFunc(f.ast.Imports, func(spec *ast.ImportSpec) bool { return imported(spec) == "testing/synctest" })
	})
}

// earlyPatterns finds regular expressions that every start would compile, used or not.
func earlyPatterns(s *source) (found []violation) {
	for _, p := range s.packages {
		for _, f := range p.files {
			for _, d := range f.ast.Decls {
				if vars, ok := d.(*ast.GenDecl); ok && !f.isTest {
					found = append(found, compiledIn(f, vars)...)
				}
			}
		}
	}
	return found
}

func compiledIn(f *file, vars *ast.GenDecl) (found []violation) {
	ast.Inspect(vars, func(n ast.Node) bool {
		if n != nil && selected(n, "regexp") == "MustCompile" {
			found = append(found, f.at(n.Pos(), "compiles a regular expression at each start; use pattern.Lazy"))
		}
		_, isFunc := n.(*ast.FuncLit) // it runs when it is called
		return !isFunc
	})
	return found
}

// selected returns the name in a selection from a package (time.Now), or "".
func selected(n ast.Node, from string) string {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if id, ok := sel.X.(*ast.Ident); !ok || id.Name != from {
		return ""
	}
	return sel.Sel.Name
}

// eachNode visits all syntax, tests included.
func eachNode(s *source, visit func(p *pkg, f *file, n ast.Node)) {
	for _, p := range s.packages {
		for _, f := range p.files {
			for n := range ast.Preorder(f.ast) {
				visit(p, f, n)
			}
		}
	}
}
