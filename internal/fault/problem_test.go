package fault

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProblemIsWrittenMemberByMember(t *testing.T) {
	withFields := Refuse(FieldInvalid, "The name is empty.")
	withFields.Fields = map[string]string{"name": "It is empty.", "email": "It has no @."}
	for _, tt := range []struct {
		name      string
		refusal   *Refusal
		requestID string
		want      string
	}{
		{"no token", Refuse(TokenMissing), "",
			`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_missing","detail":"No token came with this request."}`},
		{"expired", Refuse(TokenExpired, 42*time.Second), "r1",
			`{"type":"about:blank","title":"Unauthorized","status":401,"code":"token_expired","detail":"The token expired 42 seconds ago.","request_id":"r1"}`},
		{"fields", withFields, "r2",
			`{"type":"about:blank","title":"Unprocessable Entity","status":422,"code":"field_invalid","detail":"The name is empty.","request_id":"r2",` +
				`"errors":{"email":"It has no @.","name":"It is empty."}}`},
		{"unknown code", Refuse("no_such_code"), "",
			`{"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal_error","detail":"The server could not finish this. Nothing was changed."}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want+"\n", string(tt.refusal.Problem(tt.requestID))); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

func TestProblemNeverTellsTheCause(t *testing.T) {
	r := Refuse(Internal).Because(errors.New("dial tcp 10.0.0.1: refused"))
	if body := string(r.Problem("")); strings.Contains(body, "10.0.0.1") {
		t.Errorf("the cause reached the client: %s", body)
	}
}

func TestEveryCodeMakesAValidProblem(t *testing.T) {
	for _, code := range Codes() {
		var got struct {
			Title, Code, Detail string
			Status              int
		}
		if err := json.Unmarshal(Refuse(code).Problem("id"), &got); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		if got.Title == "" || got.Detail == "" || got.Code != string(code) || got.Status != code.Status() {
			t.Errorf("%s: incomplete problem: %+v", code, got)
		}
	}
}

func TestChallenge(t *testing.T) {
	for _, tt := range []struct {
		name    string
		refusal *Refusal
		sent    bool
		want    string
	}{
		{"no token", Refuse(TokenMissing), false, `Bearer realm="lingpai"`},
		{"no error without a token", Refuse(TokenExpired, time.Second), false, `Bearer realm="lingpai"`},
		{"token_missing never has an error", Refuse(TokenMissing), true, `Bearer realm="lingpai"`},
		{"expired", Refuse(TokenExpired, 42*time.Second), true,
			`Bearer realm="lingpai", error="invalid_token", error_description="The token expired 42 seconds ago."`},
		{"scope", Refuse(ForbiddenScope, "notes:read notes:write"), true,
			`Bearer realm="lingpai", error="insufficient_scope", error_description="This needs the scope notes:read notes:write.", scope="notes:read notes:write"`},
		{"role", Refuse(ForbiddenRole, "admin"), true,
			`Bearer realm="lingpai", error="insufficient_scope", error_description="This needs the role admin."`},
		{"step-up", Refuse(StepUpRequired, 5*time.Minute), true,
			`Bearer realm="lingpai", error="insufficient_user_authentication", error_description="This needs a sign-in of the last 5 minutes.", max_age="300"`},
		{"step-up by class", Refuse(ACRRequired, "silver gold"), true,
			`Bearer realm="lingpai", error="insufficient_user_authentication", error_description="This needs a sign-in of the class silver gold.", acr_values="silver gold"`},
		{"wrong password is a 401 too", Refuse(CredentialsInvalid), false, `Bearer realm="lingpai"`},
		{"no matter of the token", Refuse(NotFound), true, ""},
		{"server trouble", Refuse(Unavailable), true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.refusal.Challenge("lingpai", tt.sent)); diff != "" {
				t.Errorf("challenge (-want +got):\n%s", diff)
			}
		})
	}
}

func TestChallengeCannotBeBrokenOutOf(t *testing.T) {
	r := Refuse(TokenIssuer, "https://evil\"\r\nSet-Cookie: a=b\\ 令牌")
	got := r.Challenge("a\"b", true)
	want := `Bearer realm="a?b", error="invalid_token", error_description="The token comes from https://evil???Set-Cookie: a=b? ??, which is not trusted here."`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("challenge (-want +got):\n%s", diff)
	}
}

func TestSetHeader(t *testing.T) {
	busy := Refuse(TooBusy, 1500*time.Millisecond)
	for _, tt := range []struct {
		name    string
		refusal *Refusal
		want    http.Header
	}{
		{"no token", Refuse(TokenMissing), http.Header{
			"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "Www-Authenticate": {`Bearer realm="lingpai"`},
		}},
		{"busy rounds up", busy, http.Header{
			"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}, "Retry-After": {"2"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			tt.refusal.SetHeader(h, "lingpai", true)
			if diff := cmp.Diff(tt.want, h); diff != "" {
				t.Errorf("header (-want +got):\n%s", diff)
			}
		})
	}
}
