package httpd

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/token"
)

func TestLogSaysWhichRuleARefusedTokenBrokeAndNeverTheToken(t *testing.T) {
	key, err := jose.GenerateKey(jose.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	const payload = `{"iss":"https://other.example","sub":"u","aud":"a","jti":"j","client_id":"c","iat":1900000000,"exp":1900000300}`
	signed, err := jose.Sign(key, token.Type, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	edge := &Edge{
		Issuer: ownOrigin, Logger: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now,
		Guard: &Guard{Rules: &token.Rules{
			Issuer: ownOrigin, Audience: []string{ownOrigin}, Now: time.Now,
			Keys: func(context.Context, string) (*jose.Key, error) { return key, nil },
		}},
	}
	handler, err := edge.Handler([]Route{{
		Pattern: "GET /auth/api/x", Surface: API, Auth: Signed, CSRF: Safe, CORS: Configured, Cache: NoStore, Body: NoBody,
		Handle: func(http.ResponseWriter, *http.Request) error { return nil },
	}})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodGet, ownOrigin+"/auth/api/x", nil)
	r.Header.Set("Authorization", "Bearer "+signed)
	handler.ServeHTTP(httptest.NewRecorder(), r)
	if got := log.String(); !strings.Contains(got, `code=token_issuer detail="The token comes from https://other.example, which is not trusted here."`) {
		t.Errorf("the log says: %s", got)
	}
	for part := range strings.SplitSeq(signed, ".") {
		if strings.Contains(log.String(), part) {
			t.Error("the log holds a part of the token")
		}
	}
}
