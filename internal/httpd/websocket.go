package httpd

import (
	"net/http"
	"strings"
)

// The page that opens a WebSocket cannot set its headers, so the npm package sends token and proof among the subprotocols, as the public
// package lingpai reads them.
const (
	tokenProtocol = "lingpai.token."
	proofProtocol = "lingpai.proof."
)

// FromWebSocket returns a request as it would be if the page had been able to set headers. One that says by header who sends it stays as it
// is, and so does one that is for no WebSocket.
func FromWebSocket(r *http.Request) *http.Request {
	if len(r.Header["Authorization"]) > 0 || r.Method != http.MethodGet || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return r
	}
	tokens, proofs, _ := Subprotocols(r.Header)
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

// Subprotocols lists what those of a request carry, and what else they are.
func Subprotocols(h http.Header) (tokens, proofs, others []string) {
	for _, line := range h["Sec-Websocket-Protocol"] {
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
