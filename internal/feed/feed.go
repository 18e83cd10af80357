// Package feed carries revocations to other servers, so that these refuse a token as soon as it is called back, without asking about it.
//
//	GET  /auth/revocations?feed=&since=&name=   the stream, as server-sent events
//	GET  /auth/revocations/snapshot             everything that is called back now, with an entity tag
//	POST /auth/revocations/ack                  {"subscriber","seq"}
//	GET  /auth/revocations/status?seq=&wait=    how many subscribers have applied it
//	GET  /auth/status/{n}                       a status list, for who speaks only standards, if there are any
//	GET  /auth/status                           the addresses of all of them
//
// Each event of the stream, and each line of the snapshot, is a signed revoked.Message. The stream begins with a snapshot unless the
// subscriber names the feed and the number that it has reached, and all that came since can be sent. The header Lingpai-Subscriber of
// its answer is what the subscriber acknowledges with; nobody else knows it.
//
// Anybody may listen: the entries are fingerprints of random ids, which tell nothing to who does not know the ids already. The number of
// listeners is limited, in all and from one network. Anybody may ask how many there are and how many are behind; their names are told to
// administrators alone.
//
// The package translates between HTTP and the hub of package revocation, which has the rules.
package feed

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/httpd"
	"github.com/lingpai/lingpai/internal/revocation"
)

const (
	// Path is where the stream is.
	Path = "/auth/revocations"
	// SubscriberHeader names the subscriber in the answer that begins a stream.
	SubscriberHeader = "Lingpai-Subscriber"
)

// Hub is the side of package revocation that speaks to subscribers. *revocation.Hub is one.
type Hub interface {
	Subscribe(j revocation.Joining) (*revocation.Subscriber, error)
	Leave(s *revocation.Subscriber)
	Snapshot() (revocation.SignedSnapshot, error)
	Ack(subscriber string, seq int64) error
	Wait(ctx context.Context, seq int64, d time.Duration) revocation.Standing
}

// Handler answers the addresses. Its fields are set once.
type Handler struct {
	Hub   Hub
	Lists Lists // nil for none
	Guard Guard
}

// Guard judges who asks, for what only an administrator is told. *httpd.Guard is one.
type Guard interface {
	Signed(r *http.Request) (httpd.Principal, error)
}

// Routes is the table of the feed.
func (h *Handler) Routes() []httpd.Route {
	rule := httpd.Route{
		Surface: httpd.API, Auth: httpd.Public, CSRF: httpd.Safe, CORS: httpd.OwnOrigin, Cache: httpd.NoStore, Body: httpd.NoBody,
	}
	route := func(pattern string, handle httpd.Handler) httpd.Route {
		r := rule
		r.Pattern, r.Handle = pattern, handle
		return r
	}
	ack := route("POST "+Path+"/ack", h.ack)
	ack.Auth, ack.CSRF, ack.Body = httpd.SelfJudged, httpd.SameOrigin, 1<<10
	status := route("GET "+Path+"/status", h.status)
	status.Auth = httpd.SelfJudged
	return append(h.statusRoutes(), route("GET "+Path, h.stream), route("GET "+Path+"/snapshot", h.snapshot), status, ack)
}

// stream writes messages until the subscriber leaves or is dropped.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) error {
	since, err := number(r, "since")
	if err != nil {
		return err
	}
	conn := http.NewResponseController(w)
	s, err := h.Hub.Subscribe(revocation.Joining{
		Network: httpd.Network(r), Name: nameOf(r), Feed: r.URL.Query().Get("feed"), Since: since,
		Cut: func() { _ = conn.SetWriteDeadline(longAgo) },
	})
	if err != nil {
		return err
	}
	defer h.Hub.Leave(s)
	if err := unlimited(conn); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // Some proxies would hold events back.
	w.Header().Set(SubscriberHeader, s.ID)
	for _, text := range s.Backlog {
		if err := event(w, text); err != nil {
			return nil // The subscriber has gone, which is no fault.
		}
	}
	forward(r.Context(), w, conn, s.Messages)
	return nil
}

// longAgo, as a deadline, ends a write that waits for a subscriber who does not read.
var longAgo = time.Unix(1, 0)

// unlimited lifts the limits of an ordinary exchange: a stream has no end, and the hub drops who does not read.
func unlimited(conn *http.ResponseController) error {
	if err := conn.SetWriteDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lift write deadline: %w", err)
	}
	if err := conn.SetReadDeadline(time.Time{}); err != nil {
		return fmt.Errorf("lift read deadline: %w", err)
	}
	return nil
}

// forward writes what comes, and flushes when nothing more is there.
func forward(ctx context.Context, w io.Writer, conn *http.ResponseController, messages <-chan string) {
	for {
		if len(messages) == 0 && conn.Flush() != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case text, ok := <-messages:
			if !ok || event(w, text) != nil {
				return
			}
		}
	}
}

func event(w io.Writer, text string) error {
	_, err := io.WriteString(w, "data: "+text+"\n\n")
	return err
}

// nameOf is what a subscriber calls itself, as far as it is printable.
func nameOf(r *http.Request) string {
	name := r.URL.Query().Get("name")
	clean := strings.Map(func(c rune) rune {
		if c < 0x20 || c > 0x7e {
			return '?'
		}
		return c
	}, name[:min(len(name), 64)])
	if clean == "" {
		return "unnamed"
	}
	return clean
}

func number(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fault.Refuse(fault.RequestMalformed, "the parameter "+name+" is not a number")
	}
	return n, nil
}

func (h *Handler) snapshot(w http.ResponseWriter, r *http.Request) error {
	s, err := h.Hub.Snapshot()
	if err != nil {
		return err
	}
	body := strings.Join(s.Parts, "\n") + "\n"
	sum := sha256.Sum256([]byte(body))
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	w.Header().Set("Content-Type", "text/plain; charset=us-ascii")
	_, _ = io.WriteString(w, body) // The client may be gone; nobody is left to tell.
	return nil
}

type acknowledgement struct {
	Subscriber string `json:"subscriber"`
	Seq        int64  `json:"seq"`
}

func (h *Handler) ack(w http.ResponseWriter, r *http.Request) error {
	in, err := httpd.ReadJSON[acknowledgement](r)
	if err != nil {
		return err
	}
	if err := h.Hub.Ack(in.Subscriber, in.Seq); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (h *Handler) status(w http.ResponseWriter, r *http.Request) error {
	who, stranger := h.Guard.Signed(r)
	if stranger != nil && r.Header.Get("Authorization") != "" {
		return stranger // Who sends a token means it.
	}
	seq, err := number(r, "seq")
	if err != nil {
		return err
	}
	wait, err := revocation.ParseWait(r.URL.Query().Get("wait"))
	if err != nil {
		return err
	}
	standing := h.Hub.Wait(r.Context(), seq, wait)
	if stranger != nil || !httpd.IsAdmin(who.Session) {
		standing = standing.Counts()
	}
	return httpd.WriteJSON(w, http.StatusOK, standing)
}
