package lingpai

import (
	"net/http"
	"strings"
)

// A browser cannot set the headers of a WebSocket; all that a page may name is subprotocols (RFC 6455, section 4.1). So that is how the
// npm package lingpai sends token and proof, and both are tokens by RFC 9110, section 5.6.2, as subprotocols must be. Beside them it names the
// subprotocol "lingpai", which the handler may select; what carries a secret is never to be selected, for that would send it back.
const (
	tokenProtocol = "lingpai.token."
	proofProtocol = "lingpai.proof."
)

// fromWebSocket returns a request as it would be if the page had been able to set headers. A request that says by header who sends it
// stays as it is.
func fromWebSocket(r *http.Request) *http.Request {
	if r.Method != http.MethodGet || r.Header["Authorization"] != nil || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		return r
	}
	tokens, proofs := carried(r)
	if len(tokens) == 0 {
		return r
	}
	scheme := "Bearer "
	if len(proofs) > 0 {
		scheme = "DPoP "
	}
	meant := r.Clone(r.Context())
	for _, token := range tokens {
		meant.Header.Add("Authorization", scheme+token)
	}
	for _, proof := range proofs {
		meant.Header.Add("DPoP", proof)
	}
	return meant
}

// carried lists what the subprotocols of a request carry.
func carried(r *http.Request) (tokens, proofs []string) {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.Trim(name, " \t")
			if token, ok := strings.CutPrefix(name, tokenProtocol); ok {
				tokens = append(tokens, token)
			}
			if proof, ok := strings.CutPrefix(name, proofProtocol); ok {
				proofs = append(proofs, proof)
			}
		}
	}
	return tokens, proofs
}
