package archtest

import (
	"cmp"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
)

// floors is the house from the ground up. A package imports packages of lower floors only; packages of one floor do not know one another.
var floors = [][]string{
	{"internal/loopback", "internal/held", "internal/wire", "internal/subprotocol", "internal/pattern", "internal/argon2id", "internal/breached", "internal/spelling", "internal/seal", "internal/trace"},
	{"internal/strictjson", "internal/fault", "internal/secret", "internal/oauth", "internal/fetch", "internal/cors", "internal/localca", "internal/devserver/ordered", "internal/devserver/fake"},
	{"internal/jose", "internal/webauthn", "internal/revoked", "internal/statuslist", "internal/devserver/route"},
	{"internal/token", "internal/dpop", "internal/mtls", "internal/audit", "internal/revocation"},
	{"internal/user", "internal/session", "internal/keys", "internal/password", "internal/throttle", "internal/otp", "internal/passkey", "internal/client", "internal/inspector", "internal/mail"},
	{"internal/authn", "internal/grant", "internal/backchannel", "internal/provider", "internal/mailbox"},
	{
		"internal/httpd", "internal/webui", "internal/record",
		"internal/devserver/child", "internal/devserver/mock", "internal/devserver/proxy", "internal/devserver/crud", "internal/devserver/script",
		"internal/devserver/recording", "internal/devserver/openapi", "internal/devserver/exchange", "internal/devserver/timemachine",
	},
	{
		".", "internal/config", "internal/sqlstore",
		"internal/login", "internal/admin", "internal/api", "internal/oidc", "internal/feed", "internal/gateway", "internal/devserver",
	},
	{"internal/app"},
	{"cmd/lingpai", "web/examples/vue/api", "web/examples/vue/run"},
}

// adapters stand between the capabilities and the world.
var adapters = []string{
	"internal/sqlstore", "internal/login", "internal/admin", "internal/api", "internal/oidc", "internal/feed", "internal/gateway", "internal/devserver",
}

// testSupport is code that serves tests only, and may use what tests use. A package that holds nothing but tests needs no entry.
var testSupport = []string{"internal/busytest", "internal/passkeytest", "internal/pgtest", "internal/porttest", "internal/skiptest", "internal/smtptest", "internal/storetest"}

// bounds are packages that import less than their floor allows.
var bounds = map[string]struct {
	only []string // what of this module it may import
	why  string
}{
	".": {
		[]string{"internal/jose", "internal/strictjson", "internal/fault", "internal/token", "internal/dpop", "internal/mtls", "internal/revoked", "internal/loopback", "internal/subprotocol"},
		"others build on it, so it brings no dependency along and shares only the judges of tokens and proofs and the set of revocations with the server",
	},
	"internal/token": {
		[]string{"internal/jose", "internal/strictjson", "internal/fault", "internal/revoked"},
		"the public package stands on it",
	},
	"internal/dpop": {
		[]string{"internal/jose", "internal/strictjson", "internal/fault"},
		"the public package stands on it",
	},
	"internal/mtls":       {[]string{"internal/fault"}, "the public package stands on it"},
	"internal/jose":       {[]string{"internal/strictjson"}, "it is a leaf that stands on strict JSON alone"},
	"internal/webauthn":   {[]string{"internal/strictjson"}, "it is a leaf that stands on strict JSON alone"},
	"internal/revoked":    {[]string{"internal/strictjson"}, "the public package stands on it"},
	"internal/statuslist": {nil, leaf}, "internal/cors": {nil, leaf}, "internal/localca": {nil, leaf},
	"internal/strictjson": {nil, leaf}, "internal/fault": {nil, leaf}, "internal/secret": {nil, leaf}, "internal/loopback": {nil, leaf},
	"internal/held": {nil, leaf}, "internal/wire": {nil, leaf}, "internal/subprotocol": {nil, leaf}, "internal/pattern": {nil, leaf}, "internal/argon2id": {nil, leaf},
	"internal/breached": {nil, leaf}, "internal/spelling": {nil, leaf}, "internal/seal": {nil, leaf}, "internal/trace": {nil, leaf},
	"internal/oauth": {[]string{"internal/loopback"}, leaf}, "internal/fetch": {[]string{"internal/loopback", "internal/trace"}, leaf},
	"internal/sqlstore": {
		slices.Concat(floors[1], floors[2], floors[3], floors[4], []string{"internal/grant", "internal/backchannel", "internal/provider", "internal/mailbox", "internal/trace"}),
		"the store knows the capabilities whose acts it keeps, and neither HTTP nor pages",
	},
	"internal/webui": {[]string{"internal/fault"}, "pages show what they are given and look nothing up"},
	"internal/config": {
		[]string{"internal/secret", "internal/loopback", "internal/pattern", "internal/spelling"},
		"whoever reads the configuration page must not have to read the server",
	},
}

const leaf = "a leaf knows nothing of the house"

// libraries says which packages may use a library. Paths end at a path element, and the longest one counts.
var libraries = map[string]struct {
	by  []string
	why string
}{
	"testing":                            {nil, "the program does not carry test code"},
	"net/http/httptest":                  {nil, "the program does not carry test code"},
	"log":                                {nil, "loggers are passed in as *slog.Logger"},
	"unsafe":                             {nil, "no measurement asks for it"},
	"math/rand":                          {nil, "what is guessed must come from crypto/rand; use math/rand/v2 where nothing is"},
	"database/sql":                       {[]string{"internal/sqlstore"}, "there is one place with SQL"},
	"modernc.org/sqlite":                 {[]string{"internal/sqlstore"}, "there is one place with SQL"},
	"github.com/jackc/pgx/v5":            {[]string{"internal/sqlstore"}, "there is one place with SQL"},
	"github.com/pressly/goose/v3":        {[]string{"internal/sqlstore"}, "there is one place with SQL"},
	"github.com/goccy/go-yaml":           {[]string{"internal/config", "internal/devserver"}, "there is one place that reads the configuration, and one that reads the dev file"},
	"github.com/boombuler/barcode":       {[]string{"internal/webui"}, "one page shows a picture to an app"},
	"github.com/coder/websocket":         {[]string{"internal/devserver/mock"}, "WebSockets are mocked in one place; elsewhere they are passed on as they are"},
	"github.com/dop251/goja":             {[]string{"internal/devserver/script"}, "scripts run in one place, under its limits"},
	"github.com/evanw/esbuild":           {[]string{"internal/devserver/script"}, "scripts are compiled where they run"},
	"github.com/VictoriaMetrics/metrics": {[]string{"internal/app"}, "the capabilities report by plain functions; app makes metrics of them"},
	"github.com/spf13/cobra":             {[]string{"cmd/lingpai"}, "the command line ends at cmd"},
	"github.com/spf13/pflag":             {[]string{"cmd/lingpai"}, "the command line ends at cmd"},
	"github.com/wneessen/go-mail":        {[]string{"internal/mail"}, "letters leave by one way"},
	"golang.org/x/sys":                   {[]string{"internal/argon2id"}, "one function is written for one kind of processor, and has to know it"},
	"golang.org/x/term":                  {[]string{"cmd/lingpai"}, "the command line ends at cmd"},
	"golang.org/x/crypto":                {[]string{"internal/password", "internal/argon2id"}, "passwords are hashed in one place; the rest is the standard library's"},
	"golang.org/x/sync":                  {[]string{"internal/password"}, "admission control is in one place"},
	"google.golang.org/protobuf":         {[]string{"internal/gateway"}, "one protocol speaks it, by its wire format alone; generated types and gRPC would weigh more than the gateway"},
	"golang.org/x/text":                  {[]string{"internal/password", "internal/user", "internal/sqlstore", "internal/breached"}, "text is normalised where it is judged or looked up"},
}

func TestImportsPointDown(t *testing.T)             { hold(t, importsPointDown, nil) }
func TestImportsKeepWithinTheirBounds(t *testing.T) { hold(t, importsKeepWithinBounds, nil) }

func TestOnlyAppKnowsTheAdapters(t *testing.T) {
	hold(t, onlyAppKnowsAdapters, exceptions{
		"cmd/lingpai/dev_view.go":   "the screen of `lingpai dev` draws the state of the dev server, member for member",
		"cmd/lingpai/dev_screen.go": "as above; it names the kind that a route was switched to",
	})
}

func TestLibrariesAreUsedInTheirPlace(t *testing.T) { hold(t, librariesInTheirPlace, nil) }

// What `lingpai dev` can do to tokens, clocks and answers is built by one function of app, and by no flag of any other command.
func TestTheTimeMachineIsOfTheDevServerAlone(t *testing.T) {
	hold(t, func(s *source) (found []violation) {
		eachImport(s, func(p *pkg, f *file, spec *ast.ImportSpec) {
			to, _ := ours(imported(spec))
			if strings.HasPrefix(to, "internal/devserver/") && p.path != "internal/devserver" && !strings.HasPrefix(p.path, "internal/devserver/") && !aroundDev(p.path, to) {
				found = append(found, f.at(spec.Pos(), "imports %s, which is for the dev server alone", to))
			}
		})
		eachNode(s, func(p *pkg, f *file, n ast.Node) {
			if name := selected(n, "devserver"); name == "New" && f.name != "internal/app/dev.go" && !f.isTest {
				found = append(found, f.at(n.Pos(), "makes a dev server; only app.NewDev does, for `lingpai dev`"))
			}
		})
		return found
	}, nil)
}

// aroundDev lets the terminal of `lingpai dev` show what passes, and start the app's own dev server.
func aroundDev(from, to string) bool {
	return (to == "internal/devserver/exchange" || to == "internal/devserver/child") && (from == "cmd/lingpai" || from == "internal/app")
}

func importsPointDown(s *source) (found []violation) {
	eachImport(s, func(p *pkg, f *file, spec *ast.ImportSpec) {
		to, ok := ours(imported(spec))
		if !ok || slices.Contains(testSupport, p.path) {
			return
		}
		switch from, below := floorOf(p.path), floorOf(to); {
		case slices.Contains(testSupport, to):
			found = append(found, f.at(spec.Pos(), "imports %s, which is for tests", to))
		case below < 0:
			found = append(found, f.at(spec.Pos(), "imports %s, which has no floor in imports_test.go", to))
		case below == from:
			found = append(found, f.at(spec.Pos(), "imports %s of the same floor; let a higher floor bring them together, by an interface", to))
		case below > from:
			found = append(found, f.at(spec.Pos(), "imports %s of a higher floor; imports point down, so that each floor is understood without those above", to))
		}
	})
	return append(found, homeless(s)...)
}

// homeless finds packages that the table of floors does not know.
func homeless(s *source) (found []violation) {
	for _, p := range s.packages {
		if floorOf(p.path) < 0 && !slices.Contains(testSupport, p.path) && !p.holdsOnlyTests() {
			found = append(found, violation{p.path, 0, "has no floor; give it one in imports_test.go"})
		}
	}
	return found
}

func (p *pkg) holdsOnlyTests() bool {
	return !slices.ContainsFunc(p.code(), func(f *file) bool { return len(f.ast.Decls) > 0 })
}

func importsKeepWithinBounds(s *source) (found []violation) {
	eachImport(s, func(p *pkg, f *file, spec *ast.ImportSpec) {
		bound, ok := bounds[p.path]
		to, own := ours(imported(spec))
		if ok && own && !slices.Contains(bound.only, to) {
			found = append(found, f.at(spec.Pos(), "imports %s: %s", to, bound.why))
		}
	})
	return found
}

func onlyAppKnowsAdapters(s *source) (found []violation) {
	eachImport(s, func(p *pkg, f *file, spec *ast.ImportSpec) {
		to, _ := ours(imported(spec))
		switch {
		case slices.Contains(adapters, to) && p.path != "internal/app":
			found = append(found, f.at(spec.Pos(), "imports the adapter %s: only app joins adapters, so that each can be replaced", to))
		case to == "internal/config" && p.path != "internal/app" && p.path != "cmd/lingpai":
			found = append(found, f.at(spec.Pos(), "imports config: what a package needs is passed to it by app"))
		}
	})
	return found
}

func librariesInTheirPlace(s *source) (found []violation) {
	eachImport(s, func(p *pkg, f *file, spec *ast.ImportSpec) {
		imp := imported(spec)
		if _, own := ours(imp); own || slices.Contains(testSupport, p.path) {
			return
		}
		known := libraryOf(imp)
		if known == "" && strings.Contains(strings.Split(imp, "/")[0], ".") {
			found = append(found, f.at(spec.Pos(), "imports %s: a new library is entered in imports_test.go with its place and the reason", imp))
		}
		if place, ok := libraries[known]; ok && !slices.Contains(place.by, p.path) {
			found = append(found, f.at(spec.Pos(), "imports %s: %s", imp, place.why))
		}
	})
	return found
}

// libraryOf returns the entry of the table that covers an import, or "".
func libraryOf(imp string) string {
	if imp == "log/slog" || imp == "math/rand/v2" {
		return "" // Libraries of their own, which only begin like others.
	}
	covers := func(library string) bool { return imp == library || strings.HasPrefix(imp, library+"/") }
	candidates := slices.DeleteFunc(slices.Collect(maps.Keys(libraries)), func(l string) bool { return !covers(l) })
	if len(candidates) == 0 {
		return ""
	}
	return slices.MaxFunc(candidates, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
}

// eachImport visits the imports of all code that is not a test: tests may bring real parts together.
func eachImport(s *source, visit func(p *pkg, f *file, spec *ast.ImportSpec)) {
	for _, p := range s.packages {
		for _, f := range p.code() {
			for _, spec := range f.ast.Imports {
				visit(p, f, spec)
			}
		}
	}
}

func floorOf(p string) int {
	return slices.IndexFunc(floors, func(floor []string) bool { return slices.Contains(floor, path.Clean(p)) })
}
