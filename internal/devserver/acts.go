package devserver

import (
	"context"
	"fmt"
	"time"
)

// What the terminal of `lingpai dev` can do is below: the buttons of the time machine, and a route from mock to real and back. The API does
// the same with more to choose from.

// EndSessions ends all sessions, and says how many there were.
func (s *Server) EndSessions(ctx context.Context) (int, error) { return s.end(ctx, which{All: true}) }

// end ends the sessions that are meant, and says how many there were.
func (s *Server) end(ctx context.Context, meant which) (ended int, err error) {
	all, err := s.login.Sessions.All(ctx)
	if err != nil {
		return 0, fmt.Errorf("list sessions: %w", err)
	}
	defer s.bell.Ring()
	for _, row := range all {
		if !meant.covers(row) {
			continue
		}
		n, err := s.login.Sessions.EndByOperator(ctx, row.ID, machine)
		if err != nil {
			return ended, fmt.Errorf("end session: %w", err)
		}
		ended += n
	}
	return ended, nil
}

// LoseRefresh lets the next answer to a refresh get lost on its way.
func (s *Server) LoseRefresh() { s.faults.Lose(1) }

// Storm refuses the next five requests for data with 401.
func (s *Server) Storm() { s.faults.Storm(5) }

// ToggleNetwork cuts the network, or mends it, and reports whether it is cut now.
func (s *Server) ToggleNetwork() (offline bool) {
	if s.faults.Armed().Offline {
		s.faults.GoOnline()
		return false
	}
	s.faults.GoOffline(0)
	return true
}

// Forward sets the clock forward.
func (s *Server) Forward(ctx context.Context, by time.Duration) error { return s.forward(ctx, by) }

// Reset takes back what the time machine did, except what cannot be.
func (s *Server) Reset(ctx context.Context) error {
	s.faults.Disarm()
	return s.setAhead(ctx, "0s")
}

// Toggle switches a route from mock to real, or back, and says what answers it now. One that leads to nothing real
// itself is switched off instead, where something stands behind it.
func (s *Server) Toggle(number int) (Kind, error) {
	t := s.table.Load()
	if number < 1 || number > len(t.routes) {
		return "", fmt.Errorf("there is no route %d; there are %d", number, len(t.routes))
	}
	to := "real"
	e := t.routes[number-1]
	if e.kind().real() || e.yields && e.kind() == Off {
		to = "mock"
	}
	if err := s.Switch(number, to); err != nil {
		return "", err
	}
	return e.kind(), nil
}
