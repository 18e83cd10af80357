package dpop

import (
	"net/http"
	"strings"
)

const offer = `algs="` + Algorithms + `"`

// Challenge turns the challenge in a header of an answer, which is one of RFC 6750, into that of RFC 9449, section 7.1. It does nothing
// where there is none.
func Challenge(h http.Header) {
	if bearer := h.Get("WWW-Authenticate"); bearer != "" {
		h.Set("WWW-Authenticate", "DPoP"+strings.TrimPrefix(bearer, "Bearer")+", "+offer)
	}
}

// Offer adds to the challenge of an answer that proofs are taken here, too. It does nothing where there is none.
func Offer(h http.Header) {
	if h.Get("WWW-Authenticate") != "" {
		h.Add("WWW-Authenticate", "DPoP "+offer)
	}
}
