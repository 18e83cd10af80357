package httpd

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/lingpai/lingpai/internal/dpop"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
)

// refuseClient writes an error in the words of RFC 6749, section 5.2. What is no error of OAuth comes from the edge or from inside, and
// gets the code that is nearest.
func (e *Edge) refuseClient(w http.ResponseWriter, r *http.Request, err error, refusal *fault.Refusal) {
	oe, ok := errors.AsType[*oauth.Error](err)
	var status int
	if ok {
		status = oe.Code.Status()
		eventOf(r).oauth = oe
	} else {
		oe, status = nearest(refusal)
		eventOf(r).refusal = refusal
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if refusal.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((refusal.RetryAfter+time.Second-1)/time.Second)))
	}
	switch {
	case oe.Code == oauth.InvalidClient && len(r.Header.Values("Authorization")) > 0:
		h.Set("WWW-Authenticate", `Basic realm="`+Realm+`"`) // RFC 6749, section 5.2
	case oe.Code == oauth.UseDPoPNonce, oe.Code == oauth.InvalidDPoPProof:
		dpop.Challenge(h)
		e.Guard.giveNonce(h)
	}
	_ = WriteJSON(w, status, struct { // two strings always encode
		Error       oauth.Code `json:"error"`
		Description string     `json:"error_description,omitzero"`
	}{oe.Code, oe.Description})
}

// nearest words a refusal of ours as one of OAuth.
func nearest(r *fault.Refusal) (*oauth.Error, int) {
	status := r.Code.Status()
	code := oauth.InvalidRequest
	switch {
	case r.Code == fault.DPoPProofInvalid:
		code, status = oauth.InvalidDPoPProof, http.StatusBadRequest
	case r.Code == fault.DPoPNonceRequired:
		code, status = oauth.UseDPoPNonce, http.StatusBadRequest
	case status == http.StatusInternalServerError:
		code = oauth.ServerError
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		code = oauth.TemporarilyUnavailable
	}
	return oauth.Refuse(code, "%s", r.Detail()), status
}
