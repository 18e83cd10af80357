package main

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// OP is the OpenID provider under test, as a client knows it: by its metadata and its keys.
type OP struct {
	*server
	http *http.Client
	meta object
	keys jose.JSONWebKeySet
}

// at is an endpoint of the metadata.
func (op *OP) at(member string) string {
	s, _ := op.meta[member].(string)
	return s
}

// endpoint is an endpoint for a client: one that shows a certificate may have to go elsewhere (RFC 8705, section 5).
func (op *OP) endpoint(c *client, member string) string {
	if aliases, ok := op.meta["mtls_endpoint_aliases"].(map[string]any); ok && c.conn != nil {
		if alias, ok := aliases[member].(string); ok {
			return alias
		}
	}
	return op.at(member)
}

// lists reports whether a member of the metadata is a list with this word in it.
func (op *OP) lists(member, word string) bool {
	all, _ := op.meta[member].([]any)
	for _, w := range all {
		if w == word {
			return true
		}
	}
	return false
}

// client is an app: who it is, how it proves that, and the key that its tokens are bound to.
type client struct {
	id, secret string
	auth       string       // token_endpoint_auth_method
	redirect   string       // the address of its own that was registered
	key        *signer      // of private_key_jwt
	spare      *signer      // another one, for PS256
	proof      *signer      // of DPoP; nil if its tokens are not bound to a key
	conn       *http.Client // shows its certificate (mutual TLS, RFC 8705); nil without one
}

// callback is where answers go. No request reaches it: the browser stops when it leaves the server.
const callback = "https://app.example/callback"

// call is a request to an endpoint that clients use. What modules do wrong on purpose, they write here.
type call struct {
	to        string
	form      url.Values
	by        *client
	assertion func(header, claims object) // changes the assertion of private_key_jwt
	proof     func(header, claims object) // changes the DPoP proof
	proofKey  *signer                     // signs the DPoP proof in place of the client's
	noAuth    bool
	noProof   bool
}

// reply is an answer over HTTP.
type reply struct {
	from   string // the method and path that were asked, for complaints
	basic  bool   // asked with an Authorization header
	status int
	header http.Header
	body   []byte
	json   object // nil if it is none
}

func (r *reply) text(member string) string {
	s, _ := r.json[member].(string)
	return s
}

// send sends a call. Where a server wants a nonce in the proof, it is sent once more (RFC 9449, section 8).
func (op *OP) send(c call) (*reply, error) {
	nonce := ""
	for {
		r, err := op.prepare(c, nonce)
		if err != nil {
			return nil, err
		}
		got, err := op.do(r, c.by)
		if err != nil || got.text("error") != "use_dpop_nonce" || nonce != "" {
			return got, err
		}
		nonce = got.header.Get("DPoP-Nonce")
	}
}

func (op *OP) prepare(c call, nonce string) (*http.Request, error) {
	form := url.Values{}
	for name, all := range c.form {
		form[name] = all
	}
	if !c.noAuth {
		op.identify(c, form)
	}
	r, err := post(c.to, form)
	if err != nil {
		return nil, err
	}
	if c.by.auth == "client_secret_basic" && !c.noAuth {
		r.SetBasicAuth(url.QueryEscape(c.by.id), url.QueryEscape(c.by.secret))
	}
	if c.by.proof != nil && !c.noProof {
		key := c.by.proof
		if c.proofKey != nil {
			key = c.proofKey
		}
		r.Header.Set("DPoP", key.prove(http.MethodPost, c.to, "", nonce, c.proof))
	}
	return r, nil
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// identify adds to a form what tells whose it is.
func (op *OP) identify(c call, form url.Values) {
	switch c.by.auth {
	case "client_secret_post":
		form.Set("client_id", c.by.id)
		form.Set("client_secret", c.by.secret)
	case "private_key_jwt":
		header, claims := object{"alg": c.by.key.alg, "kid": c.by.key.kid}, op.asserts(c.by)
		if c.assertion != nil {
			c.assertion(header, claims)
		}
		form.Set("client_assertion_type", assertionType)
		form.Set("client_assertion", c.by.key.sign(header, claims))
		fallthrough
	case "tls_client_auth", "self_signed_tls_client_auth", "none":
		if !form.Has("client_id") {
			form.Set("client_id", c.by.id)
		}
	}
}

// asserts are the claims by which a client proves who it is (RFC 7523, section 3).
func (op *OP) asserts(c *client) object {
	now := time.Now().Unix()
	return object{"iss": c.id, "sub": c.id, "aud": op.at("issuer"), "jti": random(), "iat": now, "exp": now + 60}
}

// prove makes a DPoP proof (RFC 9449, section 4.2), and lets change make it wrong. accessToken is "" where none comes along.
func (s *signer) prove(method, address, accessToken, nonce string, change func(header, claims object)) string {
	target, _, _ := strings.Cut(address, "?")
	header := object{"typ": "dpop+jwt", "alg": s.alg, "jwk": s.public()}
	claims := object{"jti": random(), "htm": method, "htu": target, "iat": time.Now().Unix()}
	if accessToken != "" {
		claims["ath"] = digest(accessToken)
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if change != nil {
		change(header, claims)
	}
	return s.sign(header, claims)
}

// do sends a request, over a connection with the client's certificate if it has one.
func (op *OP) do(r *http.Request, c *client) (*reply, error) {
	by := op.http
	if c != nil && c.conn != nil {
		by = c.conn
	}
	res, err := by.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	out := &reply{from: r.Method + " " + r.URL.Path, basic: r.Header.Get("Authorization") != "", status: res.StatusCode, header: res.Header, body: body}
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); strings.HasSuffix(media, "json") {
		if err := json.Unmarshal(body, &out.json); err != nil {
			return nil, fmt.Errorf("%s: the answer is no JSON object: %w", out.from, err)
		}
	}
	return out, nil
}

// get reads a public address.
func (op *OP) get(address string) (*reply, error) {
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	return op.do(r, nil)
}
