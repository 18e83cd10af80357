// Package subprotocol reads the access token of a WebSocket. A browser cannot set the headers of one; all that a page may name is subprotocols
// (RFC 6455, section 4.1). So that is how the npm package lingpai sends token and proof, and both are tokens by RFC 9110, section 5.6.2, as
// subprotocols must be. Beside them it names the subprotocol "lingpai", which the handler may select; what carries a secret is never to be
// selected, for that would send it back.
package subprotocol

import (
	"net/http"
	"strings"
)

const (
	token = "lingpai.token."
	proof = "lingpai.proof."
)

// Header is the name of the header with the subprotocols, as [http.Header] has it.
const Header = "Sec-Websocket-Protocol"

// Meant returns a request as it would be if the page had been able to set headers. One that says by header who sends it stays as it is, and so
// does one that is for no WebSocket.
func Meant(r *http.Request) *http.Request {
	if len(r.Header["Authorization"]) > 0 || r.Method != http.MethodGet || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return r
	}
	tokens, proofs, _ := Read(r.Header)
	if len(tokens) == 0 {
		return r
	}
	scheme := "Bearer "
	if len(proofs) > 0 {
		scheme = "DPoP "
	}
	meant := r.Clone(r.Context())
	for _, t := range tokens {
		meant.Header.Add("Authorization", scheme+t)
	}
	meant.Header["Dpop"] = append(meant.Header["Dpop"], proofs...)
	return meant
}

// Read lists what the subprotocols of a request carry, and what else they are.
func Read(h http.Header) (tokens, proofs, others []string) {
	for _, line := range h[Header] {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.Trim(name, " \t")
			if t, ok := strings.CutPrefix(name, token); ok {
				tokens = append(tokens, t)
			} else if p, ok := strings.CutPrefix(name, proof); ok {
				proofs = append(proofs, p)
			} else if name != "" {
				others = append(others, name)
			}
		}
	}
	return tokens, proofs, others
}
