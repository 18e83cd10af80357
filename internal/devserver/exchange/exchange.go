package exchange

import (
	"net/http"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Exchange is one request and what became of it.
type Exchange struct {
	Number    uint64        `json:"number"` // from 1, without gaps
	At        time.Time     `json:"at"`     // by the clock of this machine, however the server's own is shifted
	Method    string        `json:"method"`
	Host      string        `json:"host"`
	Path      string        `json:"path"`              // without the query, which may hold what is nobody's business
	Origin    string        `json:"origin,omitempty"`  // of the page that asked, if the browser said so
	Story     bool          `json:"story,omitempty"`   // the story page sent it
	Token     Token         `json:"token"`             // how the token that came with it stands
	By        string        `json:"by"`                // a kind of source, "lingpai", "cors", "time machine", or "" when nothing answered
	Route     int           `json:"route,omitempty"`   // from 1
	Match     string        `json:"match,omitempty"`   // its pattern
	Status    int           `json:"status"`            // 0: the connection was taken over or cut before an answer
	Goes      bool          `json:"goes_on,omitempty"` // the answer is a stream or a WebSocket, told when it began
	Took      time.Duration `json:"took_ns"`
	Mockable  bool          `json:"mockable,omitempty"` // a mock can be made of the answer
	Code      string        `json:"code,omitempty"`     // of a refusal
	Reason    string        `json:"reason,omitempty"`   // why, in English: of a refusal, its sentence
	RequestID string        `json:"request_id,omitempty"`
	// Add is what a refusal says to write, so that the next request is answered.
	Add *fault.Addition `json:"add,omitempty"`
}

// Reason is why something became of a request. It says it in English.
type Reason interface{ String() string }

// Refused is the reason of a refusal of ours.
type Refused struct{ *fault.Refusal }

// String is its sentence.
func (r Refused) String() string { return r.Detail() }

// Told is the reason of a refusal that was passed on: a sentence of somebody else.
type Told string

// String is the sentence.
func (t Told) String() string { return string(t) }

// Token says how the token of a request stands.
type Token string

// How a token can stand.
const (
	None    Token = "none"
	Present Token = "present" // it holds, or nobody looked at it
	Altered Token = "altered"
	Expired Token = "expired"
	Ended   Token = "ended"   // its session ended, or it was called back
	Refresh Token = "refresh" // a refresh token, in the body or in a cookie
	Cookie  Token = "cookie"  // a session cookie; the tokens stay on the server
)

// refusals says what a refusal tells of the token.
var refusals = map[fault.Code]Token{
	fault.TokenMissing: None, fault.TokenMalformed: Altered, fault.TokenSignature: Altered, fault.TokenAlgorithm: Altered,
	fault.TokenExpired: Expired, fault.SessionExpired: Expired, fault.TokenRevoked: Ended, fault.SessionEnded: Ended,
}

// tokenOf judges by what was sent and what was said about it.
func tokenOf(r *http.Request, code string) Token {
	refreshes := strings.HasPrefix(r.URL.Path, "/auth/api/refresh")
	if t, ok := refusals[fault.Code(code)]; ok && !refreshes {
		return t
	}
	switch {
	case refreshes && r.Method == http.MethodPost:
		return Refresh
	case r.Header.Get("Authorization") != "":
		return Present
	case hasCookie(r, "lingpai_session"):
		return Cookie
	}
	return None
}

// hasCookie reports whether a cookie of ours is there, under its plain name or that of https.
func hasCookie(r *http.Request, name string) bool {
	return len(r.CookiesNamed(name))+len(r.CookiesNamed("__Host-Http-"+name)) > 0
}
