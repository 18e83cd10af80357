package gateway

import (
	"net/http"
	"strings"
)

// The page that opens a WebSocket cannot set its headers, so the npm package sends token and proof among the subprotocols, as the public
// package lingpai reads them. Beside them it offers ownProtocol, which tells nothing.
const (
	tokenProtocol = "lingpai.token."
	proofProtocol = "lingpai.proof."
	ownProtocol   = "lingpai"

	protocols = "Sec-Websocket-Protocol"
)

// fromWebSocket returns a request as it would be if the page had been able to set headers. One that says by header who sends it stays as it is.
func fromWebSocket(r *http.Request) *http.Request {
	if len(r.Header[protocols]) == 0 || len(r.Header["Authorization"]) > 0 || r.Method != http.MethodGet || upgradeOf(r.Header) != "websocket" {
		return r
	}
	tokens, proofs, _ := offered(r.Header)
	if len(tokens) == 0 {
		return r
	}
	scheme := "Bearer "
	if len(proofs) > 0 {
		scheme = "DPoP "
	}
	meant := *r
	meant.Header = r.Header.Clone()
	for _, token := range tokens {
		meant.Header.Add("Authorization", scheme+token)
	}
	meant.Header["Dpop"] = append(meant.Header["Dpop"], proofs...)
	return &meant
}

// offered lists what the subprotocols of a request carry, and what else they are.
func offered(h http.Header) (tokens, proofs, others []string) {
	for _, line := range h[protocols] {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.Trim(name, " \t")
			if token, ok := strings.CutPrefix(name, tokenProtocol); ok {
				tokens = append(tokens, token)
			} else if proof, ok := strings.CutPrefix(name, proofProtocol); ok {
				proofs = append(proofs, proof)
			} else if name != "" {
				others = append(others, name)
			}
		}
	}
	return tokens, proofs, others
}

// unveil leaves the app the subprotocols that carry nothing. What they carried goes where programs look for it if it was found good, and
// is there taken away with all others from an app that is to have no token.
func unveil(h http.Header, r *http.Request, good bool) {
	tokens, proofs, others := offered(h)
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
	tokens, _, others := offered(asked)
	for _, name := range others {
		if len(tokens) > 0 && name == ownProtocol {
			res.Header[protocols] = []string{ownProtocol}
		}
	}
}
