package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
)

// beatEvery keeps a silent connection open. Proxies give one up after a minute or so.
const beatEvery = 15 * time.Second

// ready is the first event of a stream: from here on, nothing is missed.
type ready struct {
	Session sessionBrief `json:"session"`
}

// ended is the last.
type ended struct {
	Code   fault.Code `json:"code"`
	Detail string     `json:"detail"`
}

// events tells an open tab when its session is over. The session is named by an access token or by a cookie, as EventSource sends it.
// A cookie with a refresh token is enough, old or bound to a key as it may be: the stream says nothing else about the session, and
// EventSource makes no proofs.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) error {
	row, _, err := h.shown(r)
	if err != nil {
		return err
	}
	t, err := h.Tabs.open(row)
	if err != nil {
		return err
	}
	defer h.Tabs.leave(t)
	stream, err := httpd.NewStream(w)
	if err != nil || r.Method == http.MethodHead {
		return err
	}
	if err := send(stream, "ready", ready{briefOf(row)}); err != nil {
		return nil // The page has gone, which is no fault.
	}
	if err := h.listen(r.Context(), stream, t); err != nil && r.Context().Err() == nil {
		httpd.Record(r, err)
	}
	return nil
}

// listen waits until the session is over, the page goes, or the server stops.
func (h *Handler) listen(ctx context.Context, stream *httpd.Stream, t *tab) error {
	beats := time.NewTicker(beatEvery)
	defer beats.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beats.C:
			if stream.Beat() != nil {
				return nil
			}
		case _, open := <-t.look:
			if !open {
				return nil
			}
			if over, err := h.look(ctx, stream, t); over || err != nil {
				return err
			}
		}
	}
}

// look asks the store what became of a session, and says so when it is over. Where the store cannot be asked, the stream breaks off, and
// the page comes back.
func (h *Handler) look(ctx context.Context, stream *httpd.Stream, t *tab) (over bool, err error) {
	row, err := h.Sessions.Living(ctx, t.session)
	if err == nil {
		h.Tabs.renew(row)
		return false, nil
	}
	if refusal, ok := errors.AsType[*fault.Refusal](err); ok {
		_ = send(stream, "ended", ended{refusal.Code, refusal.Detail()}) // If the page has gone, nobody is left to tell.
		return true, nil
	}
	return true, fmt.Errorf("look at the session of a tab: %w", err)
}

func send(stream *httpd.Stream, name string, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	return stream.Event(name, string(text))
}
