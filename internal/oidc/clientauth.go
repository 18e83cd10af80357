package oidc

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// clientOf returns the client of a request, which has proved who it is as it was registered to.
func (h *Handler) clientOf(r *http.Request, p oauth.Params) (client.Client, error) {
	cred, err := credentials(r, p)
	if err != nil {
		return client.Client{}, err
	}
	return h.Clients.Authenticate(r.Context(), cred)
}

// credentials reads how a client says who it is: by one way, and not in the address, which is logged in many places.
func credentials(r *http.Request, p oauth.Params) (client.Credentials, error) {
	cred := client.Credentials{Certificates: shown(r), ID: p.Get("client_id"), Secret: secret.New(p.Get("client_secret")), Assertion: p.Get("client_assertion")}
	id, password, basic, err := readBasic(r)
	if err != nil {
		return cred, err
	}
	switch {
	case r.URL.RawQuery != "":
		return cred, oauth.Refuse(oauth.InvalidRequest, "parameters belong into the body")
	case ways(basic, !cred.Secret.Empty(), cred.Assertion != "") > 1:
		return cred, oauth.Refuse(oauth.InvalidRequest, "the client authenticates in more than one way")
	case basic && cred.ID != "" && cred.ID != id:
		return cred, oauth.Refuse(oauth.InvalidRequest, "client_id is another than that of the Authorization header")
	case basic:
		cred.ID, cred.Secret = id, secret.New(password)
	case cred.Assertion != "":
		return withAssertion(cred, p)
	}
	if cred.ID == "" {
		return cred, oauth.Refuse(oauth.InvalidClient, "client_id is missing")
	}
	return cred, nil
}

// shown are the certificates that the client showed when it connected.
func shown(r *http.Request) []*x509.Certificate {
	if r.TLS == nil {
		return nil
	}
	return r.TLS.PeerCertificates
}

func ways(used ...bool) (n int) {
	for _, u := range used {
		if u {
			n++
		}
	}
	return n
}

// readBasic reads an Authorization header of the scheme Basic, whose parts are form-encoded (RFC 6749, section 2.3.1). Other schemes are not
// for this endpoint.
func readBasic(r *http.Request) (id, password string, ok bool, err error) {
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return "", "", false, nil
	}
	wrong := oauth.Refuse(oauth.InvalidClient, "the Authorization header is not one of the scheme Basic")
	scheme, encoded, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Basic") {
		return "", "", false, wrong
	}
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
	if err != nil {
		return "", "", false, wrong.Because(err)
	}
	first, second, found := strings.Cut(string(plain), ":")
	if !found {
		return "", "", false, wrong
	}
	if id, err = url.QueryUnescape(first); err != nil {
		return "", "", false, wrong.Because(err)
	}
	if password, err = url.QueryUnescape(second); err != nil {
		return "", "", false, wrong.Because(err)
	}
	return id, password, true, nil
}

// withAssertion finds in an assertion whose it says it is; whether that is so is for [client.Registry.Authenticate].
func withAssertion(cred client.Credentials, p oauth.Params) (client.Credentials, error) {
	if p.Get("client_assertion_type") != oauth.AssertionType {
		return cred, oauth.Refuse(oauth.InvalidClient, "client_assertion_type is not %s", oauth.AssertionType)
	}
	subject := subjectClaimed(cred.Assertion)
	if subject == "" || cred.ID != "" && cred.ID != subject {
		return cred, oauth.Refuse(oauth.InvalidClient, "the assertion is not about this client")
	}
	cred.ID = subject
	return cred, nil
}

func subjectClaimed(jwt string) (subject string) {
	m, err := jose.Parse(jwt)
	if err != nil {
		return ""
	}
	err = strictjson.ParseObject(m.UnverifiedPayload(), func(name string, v strictjson.Value) (err error) {
		if name == "sub" {
			subject, err = v.String()
		}
		return err
	})
	if err != nil {
		return ""
	}
	return subject
}
