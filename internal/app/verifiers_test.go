package app

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	gojose "github.com/go-jose/go-jose/v4"
	gojosejwt "github.com/go-jose/go-jose/v4/jwt"
	golangjwt "github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	jwxjwt "github.com/lestrrat-go/jwx/v3/jwt"

	"github.com/lingpai/lingpai/internal/skiptest"
)

// unverified reads the claims of a token.
func unverified(t *testing.T, token string) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// verifier is a library of somebody else, given a token, our published keys, what it should check, and the time.
type verifier func(token, jwks, issuer, algorithm string, now time.Time) (subject string, err error)

// verifiers are those that are tried.
func verifiers(t *testing.T) map[string]verifier {
	return map[string]verifier{"golang-jwt": verifyByGolangJWT, "go-jose": verifyByGoJOSE, "jwx": verifyByJWX, "npm jose": npmJose(t)}
}

// needNode ends the test where the npm packages are not installed.
func needNode(t *testing.T) {
	t.Helper()
	_, err := os.Stat("../../web/node_modules/jose")
	if err == nil {
		_, err = exec.LookPath("node")
	}
	if err != nil {
		skiptest.Missing(t, "this test needs Node and the npm packages (npm ci, in web): %v", err)
	}
}

// npmJose starts a Node program over the npm package jose, which verifies until the test ends.
func npmJose(t *testing.T) verifier {
	t.Helper()
	needNode(t)
	cmd := exec.Command("node", "../../web/verify/jose.mjs")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the Node program: %v", err)
		}
	})
	ask, answers := json.NewEncoder(in), json.NewDecoder(out)
	return func(token, jwks, issuer, algorithm string, now time.Time) (string, error) {
		if err := ask.Encode(map[string]any{"token": token, "jwks": jwks, "issuer": issuer, "algorithm": algorithm, "now": now.UnixMilli()}); err != nil {
			return "", err
		}
		var answer struct{ Subject, Refused string }
		if err := answers.Decode(&answer); err != nil {
			t.Fatalf("the Node program: %v", err)
		}
		if answer.Refused != "" {
			return "", errors.New(answer.Refused)
		}
		return answer.Subject, nil
	}
}

func verifyByGoJOSE(token, jwks, issuer, algorithm string, now time.Time) (string, error) {
	var set gojose.JSONWebKeySet
	if err := json.Unmarshal([]byte(jwks), &set); err != nil {
		return "", err
	}
	parsed, err := gojosejwt.ParseSigned(token, []gojose.SignatureAlgorithm{gojose.SignatureAlgorithm(algorithm)})
	if err != nil {
		return "", err
	}
	var claims gojosejwt.Claims
	if err := parsed.Claims(set, &claims); err != nil {
		return "", err
	}
	return claims.Subject, claims.Validate(gojosejwt.Expected{Issuer: issuer, AnyAudience: []string{issuer}, Time: now})
}

// golang-jwt reads no key sets; go-jose reads them for it.
func verifyByGolangJWT(token, jwks, issuer, algorithm string, now time.Time) (string, error) {
	find := func(t *golangjwt.Token) (any, error) {
		var set gojose.JSONWebKeySet
		if err := json.Unmarshal([]byte(jwks), &set); err != nil {
			return nil, err
		}
		kid, _ := t.Header["kid"].(string)
		for _, key := range set.Key(kid) {
			return key.Key, nil
		}
		return nil, golangjwt.ErrTokenUnverifiable
	}
	parsed, err := golangjwt.Parse(token, find, golangjwt.WithValidMethods([]string{algorithm}), golangjwt.WithIssuer(issuer),
		golangjwt.WithAudience(issuer), golangjwt.WithExpirationRequired(), golangjwt.WithTimeFunc(func() time.Time { return now }))
	if err != nil {
		return "", err
	}
	return parsed.Claims.GetSubject()
}

func verifyByJWX(token, jwks, issuer, algorithm string, now time.Time) (string, error) {
	set, err := jwk.ParseString(jwks)
	if err != nil {
		return "", err
	}
	message, err := jws.Parse([]byte(token))
	if err != nil {
		return "", err
	}
	if got, ok := message.Signatures()[0].ProtectedHeaders().Algorithm(); !ok || got.String() != algorithm {
		return "", fmt.Errorf("the token says %v", got)
	}
	parsed, err := jwxjwt.Parse([]byte(token), jwxjwt.WithKeySet(set), jwxjwt.WithIssuer(issuer), jwxjwt.WithAudience(issuer),
		jwxjwt.WithClock(jwxjwt.ClockFunc(func() time.Time { return now })))
	if err != nil {
		return "", err
	}
	subject, _ := parsed.Subject()
	return subject, nil
}

// rotating is a server with one user, watched through a rotation of its keys.
type rotating struct {
	*testing.T
	s                  *server
	others             map[string]verifier
	algorithm, subject string
}

// issue signs in and returns the token and the id of its key.
func (r *rotating) issue() (token, kid string) {
	r.Helper()
	token = r.s.program().login("alice", battery, "storage").Access
	header, err := base64.RawURLEncoding.DecodeString(token[:strings.IndexByte(token, '.')])
	if err != nil {
		r.Fatal(err)
	}
	var h struct{ Alg, Typ, Kid string }
	if err := json.Unmarshal(header, &h); err != nil || h.Alg != r.algorithm || h.Typ != "at+jwt" {
		r.Fatalf("header %s (%v)", header, err)
	}
	return token, h.Kid
}

func (r *rotating) jwks() string { return r.s.program().get("/.well-known/jwks.json").body }

func (r *rotating) maintain() {
	r.Helper()
	if err := r.s.core.Keys.Maintain(r.Context()); err != nil {
		r.Fatal(err)
	}
}

// accepted checks that all libraries accept a token by the keys that are published now, and that they check it in fact.
func (r *rotating) accepted(stage, token string) {
	r.Helper()
	for name, verify := range r.others {
		subject, err := verify(token, r.jwks(), r.s.origin, r.algorithm, r.s.clock.Now())
		if err != nil || subject != r.subject {
			r.Errorf("%s: %s: subject %q, %v", stage, name, subject, err)
		}
		head, tail, _ := strings.Cut(token, ".")
		if _, err := verify(head+".e30"+tail[strings.IndexByte(tail, '.'):], r.jwks(), r.s.origin, r.algorithm, r.s.clock.Now()); err == nil {
			r.Errorf("%s: %s accepts an altered token", stage, name)
		}
	}
	r.s.program().me(token).wants(r.T, 200, "")
}

func TestOtherLibrariesAcceptOurTokensThroughARotation(t *testing.T) {
	others := verifiers(t)
	for _, algorithm := range []string{"ES256", "EdDSA", "RS256"} {
		t.Run(algorithm, func(t *testing.T) {
			// Maintenance by the server itself runs on real time; here it runs when the test says so.
			s := start(t, "token.algorithm="+algorithm, "keys.rotate_every=1h", "keys.publish_before=10m", "session.idle=1d", "session.lifetime=2d")
			r := &rotating{T: t, s: s, others: others, algorithm: algorithm, subject: s.addUser("alice", battery).ID}
			r.rotation()
		})
	}
}

func (r *rotating) rotation() {
	first, kid := r.issue()
	before := r.jwks()
	r.accepted("before", first)

	r.s.clock.advance(50 * time.Minute) // the successor is published, and does not sign yet
	r.maintain()
	published := r.jwks()
	if n := strings.Count(published, `"kid"`); n != 2 || published == before {
		r.Fatalf("%d keys are published before the rotation", n)
	}
	second, same := r.issue()
	if same != kid {
		r.Error("the successor signs before its time")
	}
	r.accepted("published", second)
	if _, err := verifyByGoJOSE(second, before, r.s.origin, r.algorithm, r.s.clock.Now()); err != nil {
		r.Errorf("a verifier with the old key set: %v", err)
	}

	r.s.clock.advance(10*time.Minute - time.Second)
	third, _ := r.issue()
	r.s.clock.advance(2 * time.Second) // the successor takes over by the clock alone
	fourth, successor := r.issue()
	if successor == kid {
		r.Error("the successor does not sign")
	}
	r.accepted("during, by the old key", third)
	r.accepted("during, by the new key", fourth)
	// Whoever fetched the keys when the successor was published need not fetch them again.
	if _, err := verifyByGoJOSE(fourth, published, r.s.origin, r.algorithm, r.s.clock.Now()); err != nil {
		r.Errorf("a verifier with the set of ten minutes ago: %v", err)
	}

	r.s.clock.advance(45 * time.Minute) // the old key is past the last token that it signed
	r.maintain()
	fifth, now := r.issue()
	r.accepted("after", fifth)
	if strings.Contains(r.jwks(), kid) || now != successor || !strings.Contains(r.jwks(), successor) {
		r.Errorf("after the rotation the keys are %s", r.jwks())
	}
	r.s.program().me(first).wants(r.T, 401, "token_signature")
	if !strings.Contains(r.jwks(), `"alg":"`+r.algorithm+`"`) {
		r.Errorf("the keys do not say %s: %s", r.algorithm, r.jwks())
	}
}
