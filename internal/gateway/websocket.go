package gateway

import (
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/subprotocol"
)

// ownProtocol is what the npm package offers beside the subprotocols that carry token and proof ([subprotocol.Read]). It tells nothing.
const ownProtocol = "lingpai"

// fromWebSocket returns a request as it would be if the page had been able to set headers. One that is for no WebSocket stays as it is.
func fromWebSocket(r *http.Request) *http.Request {
	if upgradeOf(r.Header) != "websocket" {
		return r
	}
	return subprotocol.Meant(r)
}

// unveil leaves the app the subprotocols that carry nothing. What they carried goes where programs look for it if it was found good, and
// is there taken away with all others from an app that is to have no token.
func unveil(h http.Header, r *http.Request, good bool) {
	tokens, proofs, others := subprotocol.Read(h)
	if len(tokens) == 0 && len(proofs) == 0 {
		return
	}
	if meant := fromWebSocket(r); good && meant != r {
		h["Authorization"], h["Dpop"] = meant.Header["Authorization"], meant.Header["Dpop"]
	}
	delete(h, subprotocol.Header)
	if len(others) > 0 {
		h[subprotocol.Header] = []string{strings.Join(others, ", ")}
	}
}

// agree selects a subprotocol for an app that selects none, where a token came in one: browsers give up a WebSocket for which they offered
// some, and got none.
func agree(res *http.Response, asked http.Header) {
	if res.StatusCode != http.StatusSwitchingProtocols || len(res.Header[subprotocol.Header]) > 0 {
		return
	}
	tokens, _, others := subprotocol.Read(asked)
	for _, name := range others {
		if len(tokens) > 0 && name == ownProtocol {
			res.Header[subprotocol.Header] = []string{ownProtocol}
		}
	}
}
