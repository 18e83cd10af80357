package login

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
	"github.com/lingpai/lingpai/internal/webui"
)

// setupFor is how long the link is good.
const setupFor = time.Hour

// People is what setting up needs to know.
type People interface {
	AnyUser(ctx context.Context) (bool, error)
}

// Setup is the one-time link by which the first account is made. Its code lives in this process alone; a restart makes another.
type Setup struct {
	people People
	now    func() time.Time
	endsAt time.Time

	mu   sync.Mutex // guards code
	code string     // "" when there is nothing to set up
}

// NewSetup makes a code if there is no account yet.
func NewSetup(ctx context.Context, people People, now func() time.Time) (*Setup, error) {
	s := &Setup{people: people, now: now, endsAt: now().Add(setupFor)}
	found, err := people.AnyUser(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for accounts: %w", err)
	}
	if !found {
		s.code = strings.ToLower(rand.Text())
	}
	return s, nil
}

// Code is the secret of the link while it is good, or "".
func (s *Setup) Code() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.now().Before(s.endsAt) {
		s.code = ""
	}
	return s.code
}

func (s *Setup) opens(code string) bool {
	good := s.Code()
	return good != "" && subtle.ConstantTimeCompare([]byte(code), []byte(good)) == 1
}

func (s *Setup) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.code = ""
}

func (h *Handler) setupPage(w http.ResponseWriter, r *http.Request) error {
	code := r.URL.Query().Get("code")
	if open, err := h.setupOpen(w, r, code); !open {
		return err
	}
	page := webui.Setup{Frame: h.Frame(r, linkPath(httpd.SetupPath, code)), Code: code, EndsAt: h.Setup.endsAt}
	return httpd.WritePage(w, http.StatusOK, h.UI.Setup, page)
}

// setupOpen reports whether the code opens the form; if not, it has answered. An account that was made elsewhere closes the link.
func (h *Handler) setupOpen(w http.ResponseWriter, r *http.Request, code string) (bool, error) {
	found, err := h.Setup.people.AnyUser(r.Context())
	if err != nil {
		return false, fmt.Errorf("look for accounts: %w", err)
	}
	if !found && h.Setup.opens(code) {
		return true, nil
	}
	page := webui.SetupClosed{Frame: h.Frame(r, httpd.SetupPath), Done: found}
	return false, httpd.WritePage(w, fault.SetupClosed.Status(), h.UI.SetupClosed, page)
}

func (h *Handler) setUp(w http.ResponseWriter, r *http.Request, form url.Values) error {
	code := form.Get("code")
	if open, err := h.setupOpen(w, r, code); !open {
		return err
	}
	u, err := h.Users.Add(r.Context(), user.New{
		Username: form.Get("username"), Name: form.Get("name"), Roles: []string{httpd.AdminRole},
		Password: secret.New(form.Get("password")), NeedsPassword: true, First: true, Source: source(r),
	})
	if err != nil {
		return h.setupAgain(w, err, webui.Setup{
			Frame: h.Frame(r, linkPath(httpd.SetupPath, code)), Code: code, EndsAt: h.Setup.endsAt,
			Username: form.Get("username"), Name: form.Get("name"),
		})
	}
	h.Setup.close()
	return h.afterPassword(w, r, u, false, "")
}

func (h *Handler) setupAgain(w http.ResponseWriter, err error, page webui.Setup) error {
	refusal := fault.From(err)
	if isOurs(refusal.Code) {
		return err
	}
	if refusal.Code == fault.SetupClosed {
		return httpd.WritePage(w, refusal.Code.Status(), h.UI.SetupClosed, webui.SetupClosed{Frame: page.Frame, Done: true})
	}
	page.Problems = problems(refusal, "password")
	if page.Problems == nil {
		page.Notice = webui.Refused(refusal)
	}
	return httpd.WritePage(w, refusal.Code.Status(), h.UI.Setup, page)
}
