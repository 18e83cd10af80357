package devserver

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
)

// Made is a mock that was made of an exchange.
type Made struct {
	File    string   `json:"file"`            // from the folder of the dev file
	Route   int      `json:"route,omitempty"` // its number; 0 when the newest version of the dev file cannot be used
	Match   string   `json:"match"`
	LeftOut []string `json:"left_out"` // headers, places in the body and, with a question mark, parameters of the query
}

// MakeMock writes a mock of an exchange into a new file, and puts it in use.
func (s *Server) MakeMock(number uint64) (Made, error) {
	x, ok := s.log.Whole(number)
	if !ok {
		return Made{}, fault.Refuse(fault.NotFound)
	}
	f := newMockFile(x, s.authOf(x))
	name, err := s.writeMock(f)
	if err != nil {
		return Made{}, err
	}
	defer s.bell.Ring()
	made := Made{File: mockFolder + "/" + filepath.Base(name), Match: x.Method + " " + x.Address.EscapedPath(), LeftOut: append([]string{}, f.leftOut...)}
	if err := s.load(); err != nil {
		return made, nil // The error is the dev file's, which State tells of; the mock waits until that is mended.
	}
	i := slices.IndexFunc(s.table.Load().routes, func(e *entry) bool { return e.file == made.File })
	made.Route = i + 1
	return made, nil
}

// MockLast is MakeMock of the last exchange that can be mocked.
func (s *Server) MockLast() (Made, error) {
	number := s.log.Mockable()
	if number == 0 {
		return Made{}, fault.Refuse(fault.FieldInvalid, "Nothing was answered yet of which a mock can be made.")
	}
	return s.MakeMock(number)
}

func (s *Server) writeMock(f *mockFile) (string, error) {
	s.mu.Lock() // no half of it is read
	defer s.mu.Unlock()
	name, err := f.write(filepath.Join(filepath.Dir(s.options.File), mockFolder))
	if err != nil {
		return "", fault.Refuse(fault.FieldInvalid, fmt.Sprintf("The mock cannot be written: %s.", err)).Because(err)
	}
	return name, nil
}

// authOf is what the route that answered asks for, so that its mock asks for the same. Where the answer is a refusal, the mock is one for
// everybody.
func (s *Server) authOf(x exchange.Whole) *auth {
	if x.Code != "" || x.Route == 0 {
		return nil
	}
	for _, e := range s.table.Load().routes {
		if e.number == x.Route && e.pattern.String() == x.Match {
			return e.auth
		}
	}
	return nil
}

// makeMock is the button of an exchange on the page.
func (s *Server) makeMock(w http.ResponseWriter, r *http.Request) error {
	if _, err := httpd.ReadJSON[struct{}](r); err != nil {
		return err
	}
	made, err := s.MakeMock(s.numberOf(r))
	if err != nil {
		return err
	}
	return httpd.WriteJSON(w, http.StatusCreated, struct {
		Made
		State State `json:"state"`
	}{made, s.State()})
}
