package gateway

import (
	"net/http"
	"strings"

	"github.com/lingpai/lingpai/internal/httpd"
)

// ownProtocol is what the npm package offers beside the subprotocols that carry token and proof ([httpd.Subprotocols]). It tells nothing.
const ownProtocol = "lingpai"

const protocols = "Sec-Websocket-Protocol"

// fromWebSocket returns a request as it would be if the page had been able to set headers. One that is for no WebSocket stays as it is.
func fromWebSocket(r *http.Request) *http.Request {
	if upgradeOf(r.Header) != "websocket" {
		return r
	}
	return httpd.FromWebSocket(r)
}

// unveil leaves the app the subprotocols that carry nothing. What they carried goes where programs look for it if it was found good, and
// is there taken away with all others from an app that is to have no token.
func unveil(h http.Header, r *http.Request, good bool) {
	tokens, proofs, others := httpd.Subprotocols(h)
	if len(tokens) == 0 && len(proofs) == 0 {
		return
	}
	if meant := fromWebSocket(r); good && meant != r {
		h["Authorization"], h["Dpop"] = meant.Header["Authorization"], meant.Header["Dpop"]
	}
	delete(h, protocols)
	if len(others) > 0 {
		h[protocols] = []string{strings.Join(others, ", ")}
	}
}

// agree selects a subprotocol for an app that selects none, where a token came in one: browsers give up a WebSocket for which they offered
// some, and got none.
func agree(res *http.Response, asked http.Header) {
	if res.StatusCode != http.StatusSwitchingProtocols || len(res.Header[protocols]) > 0 {
		return
	}
	tokens, _, others := httpd.Subprotocols(asked)
	for _, name := range others {
		if len(tokens) > 0 && name == ownProtocol {
			res.Header[protocols] = []string{ownProtocol}
		}
	}
}
