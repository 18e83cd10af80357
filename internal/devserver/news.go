package devserver

import (
	"context"
	"crypto/rand"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/devserver/exchange"
	"github.com/lingpai/lingpai/internal/fault"
)

// news counts the states of the app, so that pages can wait for the next one.
type news struct {
	run string // tells this process from the one before, which counted for itself

	bell exchange.Bell

	mu     sync.Mutex // guards the rest
	last   AppState
	number uint64
}

func newNews() *news { return &news{run: rand.Text(), number: 1} }

func (n *news) version() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.number
}

// tell takes the state of the app as it is now.
func (n *news) tell(s AppState) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if sameApp(n.last, s) {
		return
	}
	n.last = s
	n.number++
	n.bell.Ring()
}

func sameApp(a, b AppState) bool {
	if a.Server != nil && b.Server != nil && (a.Server.State != b.Server.State || a.Server.Runs != b.Server.Runs || a.Server.Address != b.Server.Address ||
		a.Server.Says != b.Server.Says) {
		return false
	}
	return a.Kind == b.Kind && a.Ready == b.Ready && a.Change == b.Change && a.Folder == b.Folder
}

// await waits for a version other than the one that is known, until the context ends.
func (n *news) await(ctx context.Context, known uint64) {
	changed := n.bell.Rings()
	if n.version() != known {
		return
	}
	select {
	case <-ctx.Done():
	case <-changed:
	}
}

// newsPatience is how long an answer waits for news; then it says that there are none.
const newsPatience = 15 * time.Second

// showApp answers with the app as it is. With ?after=N it waits until that is no longer version N.
func (s *Server) showApp(w http.ResponseWriter, r *http.Request) error {
	if text := r.URL.Query().Get("after"); text != "" {
		known, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return fault.Refuse(fault.RequestMalformed, "after is not a number")
		}
		if err := http.NewResponseController(w).SetWriteDeadline(time.Time{}); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(r.Context(), newsPatience)
		defer cancel()
		s.news.await(ctx, known)
	}
	app := s.App()
	return write(w, struct {
		Run     string `json:"run"`
		Version uint64 `json:"version"`
		*AppState
	}{s.news.run, s.news.version(), app})
}

// App is the app just now, or nil if there is none.
func (s *Server) App() *AppState {
	f := s.table.Load().app
	if f == nil {
		return nil
	}
	v := f.view()
	return &v
}
