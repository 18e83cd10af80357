package devserver

import (
	"net/http"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/session"
)

// byMachine is who answers, or does not, when a fault strikes.
const byMachine Kind = "time machine"

// struck notes that a fault is what became of a request, and why.
func struck(why ...exchange.Reason) func(r *http.Request) {
	return func(r *http.Request) {
		n := noteOf(r)
		n.by, n.route, n.why = string(byMachine), nil, why
	}
}

// Own stands between the world and Lingpai itself: where the faults of a login strike, and where answers say what time it is by the
// server's clock, because clients reckon with that.
func (s *Server) Own(ours http.Handler) http.Handler {
	faulty := s.faults.OfLogin(ours, struck(because("at_work")))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(ServedBy, byLingpai)
		if s.clock.Ahead() != 0 {
			w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
		}
		faulty.ServeHTTP(w, r)
	})
}

// storm refuses a request of the app for data while a storm lasts.
func (s *Server) storm(w http.ResponseWriter, r *http.Request) error {
	if !forData(r) || !s.faults.TakeStorm() {
		return nil
	}
	struck()(r)
	w.Header().Set(ServedBy, string(byMachine))
	return fault.Refuse(fault.TokenExpired, time.Second)
}

// forData tells the requests of scripts from those for pages and what they are made of.
func forData(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return (dest == "" || dest == "empty") && !strings.Contains(r.Header.Get("Accept"), "text/html")
}

func (s *Server) loseRefresh(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Times *int `json:"times"`
	}](r)
	if err != nil {
		return err
	}
	n, err := number("times", in.Times, 1)
	if err != nil {
		return err
	}
	s.faults.Lose(n)
	return write(w, s.Machine())
}

func (s *Server) beginStorm(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Requests *int `json:"requests"`
	}](r)
	if err != nil {
		return err
	}
	n, err := number("requests", in.Requests, 5)
	if err != nil {
		return err
	}
	s.faults.Storm(n)
	return write(w, s.Machine())
}

// number is how often a fault strikes; 0 takes it back.
func number(name string, in *int, otherwise int) (int, error) {
	if in == nil {
		return otherwise, nil
	}
	if *in < 0 || *in > 10_000 {
		return 0, fault.Refuse(fault.FieldInvalid, name+" is a number from 0 to 10000.")
	}
	return *in, nil
}

// goOffline takes {"on": true, "for": "10s"}. Without on the network goes; without for it stays away.
func (s *Server) goOffline(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		On  *bool  `json:"on"`
		For string `json:"for"`
	}](r)
	if err != nil {
		return err
	}
	var lasts time.Duration
	if in.For != "" {
		if lasts, err = length("for", in.For); err != nil {
			return err
		}
		if lasts <= 0 {
			return fault.Refuse(fault.FieldInvalid, "for is longer than nothing.")
		}
	}
	if in.On == nil || *in.On {
		s.faults.GoOffline(lasts)
	} else {
		s.faults.GoOnline()
	}
	return write(w, s.Machine())
}

func (s *Server) delayKeys(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[struct {
		Delay *string `json:"delay"`
	}](r)
	if err != nil {
		return err
	}
	d := 5 * time.Second
	if in.Delay != nil {
		if d, err = length("delay", *in.Delay); err != nil {
			return err
		}
	}
	if d < 0 || d > time.Minute {
		return fault.Refuse(fault.FieldInvalid, "delay is from 0s to 60s.")
	}
	s.faults.DelayKeys(d)
	return write(w, s.Machine())
}

// reset takes back what the time machine did, except what cannot be: sessions that ended, keys that were made.
func (s *Server) reset(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadJSON[struct{}](r); err != nil {
		return err
	}
	if err := s.Reset(r.Context()); err != nil {
		return err
	}
	return write(w, s.Machine())
}

// SessionState is one session that lives.
type SessionState struct {
	ID        string    `json:"id"`
	User      string    `json:"user"`
	Client    string    `json:"client_id"`
	Keep      string    `json:"keep"`
	Agent     string    `json:"user_agent"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *Server) listSessions(w http.ResponseWriter, r *http.Request) error {
	all, err := s.login.Sessions.All(r.Context())
	if err != nil {
		return err
	}
	out := []SessionState{}
	for _, row := range all {
		out = append(out, SessionState{row.ID.String(), row.Holder.Username, row.ClientID, string(row.Keep), row.Agent, row.SeenAt.UTC(), row.ExpiresAt.UTC()})
	}
	return write(w, map[string]any{"sessions": out})
}

// which says which sessions are to end: one, or those of a user, or all.
type which struct {
	Session string `json:"session"`
	User    string `json:"user"`
	All     bool   `json:"all"`
}

func (in which) covers(row session.Session) bool {
	return in.All || in.Session != "" && row.ID.String() == in.Session || in.User != "" && row.Holder.Username == in.User
}

func (s *Server) endSessions(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[which](r)
	if err != nil {
		return err
	}
	if in == (which{}) {
		return fault.Refuse(fault.FieldInvalid, `Say which: {"session": "…"}, {"user": "alice"} or {"all": true}.`)
	}
	ended, err := s.end(r.Context(), in)
	if err != nil {
		return err
	}
	return write(w, map[string]any{"ended": ended})
}
