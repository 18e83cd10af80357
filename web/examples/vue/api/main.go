// Command api is the notes API of the example: what a team would write themselves, behind the middleware of the package lingpai. It keeps
// the notes in memory, so they are gone when it stops.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/lingpai/lingpai"
)

func main() {
	listen := flag.String("listen", "localhost:8080", "`HOST:PORT` to listen on")
	issuer := flag.String("issuer", "http://localhost:4401", "the `ORIGIN` of the login server, and of the app in front of this API")
	flag.Parse()
	handler, err := newHandler(context.Background(), *issuer)
	if err == nil {
		server := &http.Server{Addr: *listen, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
		err = server.ListenAndServe()
	}
	fmt.Fprintln(os.Stderr, "The notes API stops:", err)
	os.Exit(1) //nolint:forbidigo // this is main
}

// newHandler puts the door before the routes. One door takes access tokens, bound by DPoP or not; the other the session cookie of
// `keep: cookie`, for which the login server is asked. Lazy lets the API start before the login server.
func newHandler(ctx context.Context, issuer string) (http.Handler, error) {
	verifier, err := lingpai.NewVerifier(ctx, issuer, lingpai.Lazy(), lingpai.DPoP(lingpai.DPoPOptions{Addresses: []string{issuer}}))
	if err != nil {
		return nil, err
	}
	n := &notes{of: map[string][]note{}, now: time.Now}
	routes := n.routes()
	return withCookie(issuer, routes, verifier.Middleware(routes)), nil
}

func (n *notes) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/notes", n.list)
	mux.HandleFunc("POST /api/notes", n.add)
	mux.HandleFunc("PUT /api/notes/{id}", n.change)
	mux.HandleFunc("DELETE /api/notes/{id}", n.remove)
	mux.HandleFunc("POST /api/vault", vault)
	mux.Handle("GET /api/admin/people", lingpai.RequireRole("admin")(http.HandlerFunc(n.people)))
	return mux
}
