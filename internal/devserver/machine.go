package devserver

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	signing "github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/webui"
)

// Login is Lingpai itself, as the dev server needs it.
type Login struct {
	Edge     *httpd.Edge  // judges tokens, writes refusals
	Ours     http.Handler // all routes of Lingpai, for scripts that ask it
	Sessions Sessions
	Keys     Keys
	Lifetime time.Duration // of access tokens
	UI       *webui.UI
	// Frame is what every page has around its matter; path shows the page again by GET.
	Frame func(r *http.Request, path string) webui.Frame
	// Speaking lets a page answer ?lang=….
	Speaking func(httpd.Handler) httpd.Handler
}

// Sessions are all that live.
type Sessions interface {
	// All lists the living sessions.
	All(ctx context.Context) ([]session.Session, error)
	// EndByOperator ends one, and those of the apps that came of it. When it returns, their tokens are refused here.
	EndByOperator(ctx context.Context, id session.ID, src audit.Source) (int, error)
}

// Keys sign access tokens.
type Keys interface {
	// Rotate puts a new key in use.
	Rotate(ctx context.Context, src audit.Source, immediately bool) (signing.Info, error)
	// Maintain does what time has made due.
	Maintain(ctx context.Context) error
	// List lists the published keys, newest first.
	List() []signing.Info
}

// MachineState is what the time machine does just now.
type MachineState struct {
	Now           time.Time  `json:"now"`           // by the server's clock
	Ahead         float64    `json:"ahead_seconds"` // of this machine's clock
	Lifetime      float64    `json:"token_lifetime_seconds"`
	Offline       bool       `json:"offline"`
	OnlineAgain   *time.Time `json:"online_again,omitempty"` // by this machine's clock; absent when nobody knows
	Lose          int        `json:"lose_refresh"`           // answers still to be lost
	Storm         int        `json:"storm"`                  // requests still to be refused
	KeysDelay     string     `json:"keys_delay"`             // as "5s"
	KeysDelaySecs float64    `json:"keys_delay_seconds"`
	SigningKey    string     `json:"signing_key"`
}

// Machine is the state of the time machine.
func (s *Server) Machine() MachineState {
	a := s.faults.Armed()
	st := MachineState{
		Now: s.Now().UTC(), Ahead: s.clock.Ahead().Seconds(), Lifetime: s.login.Lifetime.Seconds(), Offline: a.Offline, Lose: a.Lose,
		Storm: a.Storm, KeysDelay: a.KeysDelay.String(), KeysDelaySecs: a.KeysDelay.Seconds(),
	}
	if !a.Until.IsZero() {
		st.OnlineAgain = &a.Until
	}
	for _, k := range s.login.Keys.List() {
		if k.State == signing.Signing {
			st.SigningKey = k.ID
		}
	}
	return st
}

// machineRoutes are the buttons of the time machine.
func (s *Server) machineRoutes(at func(pattern string, body int64, h httpd.Handler) httpd.Route) []httpd.Route {
	const path, small = apiPath, 4 << 10
	return []httpd.Route{
		at("GET "+path+"machine", httpd.NoBody, s.showMachine),
		at("POST "+path+"expire", small, s.expireTokens),
		at("POST "+path+"clock", small, s.setClock),
		at("GET "+path+"sessions", httpd.NoBody, s.listSessions),
		at("POST "+path+"sessions/end", small, s.endSessions),
		at("POST "+path+"keys/rotate", small, s.rotateKeys),
		at("POST "+path+"keys/delay", small, s.delayKeys),
		at("POST "+path+"lose-refresh", small, s.loseRefresh),
		at("POST "+path+"offline", small, s.goOffline),
		at("POST "+path+"storm", small, s.beginStorm),
		at("POST "+path+"reset", small, s.reset),
	}
}

func (s *Server) showMachine(w http.ResponseWriter, _ *http.Request) error {
	return write(w, s.Machine())
}

// ExpireTokens lets all access tokens expire that were issued so far: the clock goes forward by their lifetime. Sessions stay.
func (s *Server) ExpireTokens(ctx context.Context) error {
	return s.forward(ctx, s.login.Lifetime+time.Second)
}

func (s *Server) expireTokens(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadJSON[struct{}](r); err != nil {
		return err
	}
	if err := s.ExpireTokens(r.Context()); err != nil {
		return err
	}
	return write(w, s.Machine())
}

func (s *Server) forward(ctx context.Context, by time.Duration) error {
	return s.clockWasSet(ctx, s.clock.Forward(by))
}

// clockWasSet does what the new time has made due, as it would have come to pass by itself; it refuses a time that the clock did not take.
func (s *Server) clockWasSet(ctx context.Context, taken bool) error {
	if !taken {
		return fault.Refuse(fault.FieldInvalid, "The clock goes ten years forward or back, and not further.")
	}
	s.bell.Ring()
	return s.login.Keys.Maintain(ctx)
}

// setClock takes {"ahead": "90s"}, which is from the time of this machine, or {"by": "1m"}, which is from the time it has now.
func (s *Server) setClock(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Ahead *string `json:"ahead"`
		By    *string `json:"by"`
	}](r)
	if err != nil {
		return err
	}
	switch {
	case (in.Ahead == nil) == (in.By == nil):
		return fault.Refuse(fault.FieldInvalid, `Either ahead or by belongs here, as {"ahead": "10m"} or {"by": "-30s"}.`)
	case in.By != nil:
		by, err := length("by", *in.By)
		if err == nil {
			err = s.forward(r.Context(), by)
		}
		if err != nil {
			return err
		}
	default:
		if err := s.setAhead(r.Context(), *in.Ahead); err != nil {
			return err
		}
	}
	return write(w, s.Machine())
}

func (s *Server) setAhead(ctx context.Context, text string) error {
	ahead, err := length("ahead", text)
	if err != nil {
		return err
	}
	return s.clockWasSet(ctx, s.clock.Set(ahead))
}

// length reads a length of time as Go writes it.
func length(name, text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fault.Refuse(fault.FieldInvalid, name+` is a length of time such as "90s", "10m" or "24h".`).Because(err)
	}
	return d, nil
}

// RotateKeys lets a new key sign from now on. Tokens of the old one stay good until they expire.
func (s *Server) RotateKeys(ctx context.Context) error {
	if n := len(s.login.Keys.List()); n >= mostKeys {
		const full = "%d keys are published, and no more are taken. Set the clock forward by 25h, so that the old ones go."
		return fault.Refuse(fault.FieldInvalid, fmt.Sprintf(full, n))
	}
	_, err := s.login.Keys.Rotate(ctx, machine, true)
	s.bell.Ring()
	return err
}

// mostKeys is how many a key set may hold; see package keys.
const mostKeys = 16

// machine is who ends sessions and rotates keys, for the audit log.
var machine = audit.Source{Actor: audit.CommandLine, Agent: "time machine"}

func (s *Server) rotateKeys(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadJSON[struct{}](r); err != nil {
		return err
	}
	if err := s.RotateKeys(r.Context()); err != nil {
		return err
	}
	return write(w, s.Machine())
}
