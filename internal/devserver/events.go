package devserver

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/httpd"
)

// beatEvery keeps a silent stream open.
const beatEvery = 15 * time.Second

// events streams what passes, an event "exchange" each, from the one after ?since=; and, when something was switched or the app has come or gone,
// "state" with the routes, the app and the time machine.
func (s *Server) events(w http.ResponseWriter, r *http.Request) error {
	since, err := sinceOf(r)
	if err != nil {
		return err
	}
	stream, err := httpd.NewStream(w)
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	told := ""
	for {
		passed, switched, moved := s.log.Rings(), s.bell.Rings(), s.news.bell.Rings()
		if since, err = s.tellExchanges(stream, since); err != nil {
			return nil // The page has gone, which is no fault.
		}
		if told, err = s.tellState(stream, told); err != nil {
			return nil
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-passed:
		case <-switched:
		case <-moved:
		case <-s.closing:
			return nil
		case <-beats.C:
			if stream.Beat() != nil {
				return nil
			}
		}
	}
}

func (s *Server) tellExchanges(stream *httpd.Stream, since uint64) (uint64, error) {
	for _, x := range s.log.Since(since) {
		text, err := json.Marshal(x)
		if err != nil {
			return since, fmt.Errorf("encode exchange: %w", err)
		}
		if err := stream.Event("exchange", string(text)); err != nil {
			return since, err
		}
		since = x.Number
	}
	return since, nil
}

// tellState sends the state if it is not what was told last.
func (s *Server) tellState(stream *httpd.Stream, told string) (string, error) {
	dev, now := s.State(), s.Machine()
	clock := now.Now
	now.Now = time.Time{} // it always differs
	key, err := json.Marshal(map[string]any{"dev": dev, "machine": now})
	if err != nil || string(key) == told {
		return told, err
	}
	now.Now = clock
	text, err := json.Marshal(map[string]any{"dev": dev, "machine": now})
	if err != nil {
		return told, fmt.Errorf("encode state: %w", err)
	}
	return string(key), stream.Event("state", string(text))
}
