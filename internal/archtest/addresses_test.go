package archtest

import (
	"go/ast"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lingpai/lingpai/internal/httpd"
)

// pages are the addresses that httpd names.
var pages = []string{
	httpd.LoginPath, httpd.LogoutPath, httpd.AccountPath, httpd.SetupPath, httpd.InspectPath, httpd.AdminPath, httpd.ForgotPath, httpd.ResetPath, httpd.ConfirmPath, httpd.SignUpPath, httpd.FinishPath,
}

func TestAPageHasItsAddressInOnePlace(t *testing.T) {
	hold(t, addresses, exceptions{
		"internal/httpd/pages.go": "the place",
		"internal/webui/webui.go": "pages look nothing up; that their addresses lead somewhere is a test of its own",
	})
}

// addresses finds where a page is named by its address.
func addresses(s *source) (found []violation) {
	eachNode(s, func(_ *pkg, f *file, n ast.Node) {
		text, ok := n.(*ast.BasicLit)
		if f.isTest || !ok || text.Kind != token.STRING {
			return
		}
		address, _ := strconv.Unquote(text.Value)
		address, _, _ = strings.Cut(address, "?")
		if slices.Contains(pages, address) {
			found = append(found, f.at(text.Pos(), "has the address of a page in it; httpd/pages.go names it"))
		}
	})
	return found
}

var (
	ways     = regexp.MustCompile(`(href|method="get" action|action)="?(/auth/[^"\s]*)`)
	variable = regexp.MustCompile(`\{\{.*?\}\}|\?.*`)
)

func TestWhatPagesLeadToIsARoute(t *testing.T) {
	s, err := house()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for _, table := range routeTables() {
		for _, r := range table {
			mux.HandleFunc(r.Pattern, nothing)
		}
	}
	seen := 0
	for _, page := range s.texts {
		if path.Dir(page.name) != "internal/webui/templates" {
			continue
		}
		for _, way := range ways.FindAllStringSubmatch(string(page.data), -1) {
			seen++
			if method, to := methodOf(way[1]), variable.ReplaceAllString(way[2], ""); !answered(mux, method, to) {
				t.Errorf("%s leads to %s %s, where nothing is", page.name, method, to)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d links were seen", seen)
	}
}

func methodOf(attribute string) string {
	if attribute == "action" {
		return http.MethodPost
	}
	return http.MethodGet
}

func answered(mux *http.ServeMux, method, to string) bool {
	_, pattern := mux.Handler(httptest.NewRequest(method, to, http.NoBody))
	return pattern != ""
}

func nothing(http.ResponseWriter, *http.Request) {}
