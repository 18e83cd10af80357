package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/strictjson"
)

// Answer is what a provider sent a browser back with, and what the browser brought along.
type Answer struct {
	Code, State, Issuer, Error string
	Binding, Origin            string
}

// Return is what is known of a sign-in that came back.
type Return struct {
	ReturnTo string // where to go, as it was checked at the beginning
	Link     string // the account to be tied, or ""
	// Used says that the state was good once before: the browser shows an address again. Identity is nil then.
	Used     bool
	Identity *Identity
}

// Finish judges what a provider sent a browser back with, and trades the code for who it is. The order is that of trust: nothing is fetched, and
// nothing of the answer is believed, before the state has shown that this browser began it here.
func (s *Service) Finish(ctx context.Context, p *Provider, a Answer) (Return, error) {
	f, err := s.open(a.State, a.Binding)
	if err == nil && (f.Provider != p.Name || f.Origin != a.Origin) {
		err = errState
	}
	if errors.Is(err, errState) {
		return Return{}, fault.Refuse(fault.ProviderState).Because(err)
	}
	if err != nil {
		return Return{}, err
	}
	back := Return{ReturnTo: f.ReturnTo, Link: f.Link}
	err = s.Spent.SpendID(ctx, stateID(a.State), f.began().Add(flowFor))
	if errors.Is(err, fault.ErrConflict) {
		back.Used = true
		return back, nil
	}
	if err != nil {
		return Return{}, fmt.Errorf("spend state: %w", err)
	}
	back.Identity, err = p.identify(ctx, f, a)
	return back, err
}

// LeadsTo is where a sign-in was to lead that came to nothing, were it by its age, or "".
func (s *Service) LeadsTo(state, binding string) string {
	f, err := s.read(state, binding)
	if err != nil {
		return ""
	}
	return f.ReturnTo
}

// identify checks who answers, and asks who it is.
func (p *Provider) identify(ctx context.Context, f flow, a Answer) (*Identity, error) {
	meta, err := p.metadata(ctx)
	if err != nil {
		return nil, p.failed(err)
	}
	if err := p.checkAnswer(meta, a); err != nil {
		return nil, err
	}
	t, err := p.trade(ctx, meta, url.Values{
		"grant_type": {"authorization_code"}, "code": {a.Code}, "redirect_uri": {p.callback(f.Origin)}, "code_verifier": {f.Verifier},
	})
	if err != nil {
		return nil, p.failed(err)
	}
	id, err := p.whoIs(ctx, meta, t, f)
	if err != nil {
		return nil, p.failed(err)
	}
	return id, nil
}

// checkAnswer refuses an answer of somebody else (RFC 9207, section 2.4), and one without a code.
func (p *Provider) checkAnswer(meta *metadata, a Answer) error {
	switch {
	case a.Issuer != "" && a.Issuer != p.Issuer && !(p.GitHub && a.Issuer == p.Issuer+"/login/oauth"), a.Issuer == "" && meta.namesItself:
		return fault.Refuse(fault.ProviderState).Because(fmt.Errorf("the answer says that it comes from %q, not from %q", a.Issuer, p.Issuer))
	case a.Error != "":
		return fault.Refuse(fault.ProviderRefused, p.Title).Because(fmt.Errorf("it answered %q", clip(a.Error)))
	case a.Code == "":
		return p.failed(errors.New("its answer has neither code nor error"))
	}
	return nil
}

// whoIs asks who it was that the tokens were given for.
func (p *Provider) whoIs(ctx context.Context, meta *metadata, t tokens, f flow) (*Identity, error) {
	if p.GitHub {
		return p.identifyAtGitHub(ctx, meta, t)
	}
	if t.id == "" {
		return nil, errors.New("the answer of the token endpoint has no id_token; is `openid` among the scopes?")
	}
	id, err := p.readIDToken(ctx, meta, t, f)
	if err != nil {
		return nil, fmt.Errorf("ID token: %w", err)
	}
	if err := p.addUserinfo(ctx, meta, t, id); err != nil {
		return nil, fmt.Errorf("userinfo: %w", err)
	}
	return id, nil
}

// tokens are what a code or a refresh token was traded for.
type tokens struct{ id, access, refresh string }

// trade asks the token endpoint (OpenID Connect Core, sections 3.1.3 and 12). It returns errGrantOver when the code or the refresh token is not taken.
func (p *Provider) trade(ctx context.Context, meta *metadata, form url.Values) (t tokens, err error) {
	auth, err := p.prove(ctx, meta, form)
	if err != nil {
		return tokens{}, err
	}
	status, doc, err := p.fetch.Ask(ctx, meta.token, form, auth)
	if err != nil {
		return tokens{}, err
	}
	if code := errorOf(doc); status != http.StatusOK || code != "" { // GitHub says 200, and what was wrong
		if code == string(oauth.InvalidGrant) {
			return tokens{}, errGrantOver
		}
		return tokens{}, fmt.Errorf("the token endpoint answered %d %q", status, clip(code))
	}
	err = strictjson.ParseObject(doc.Body, func(name string, v strictjson.Value) (err error) {
		switch name {
		case "id_token":
			t.id, err = v.String()
		case "access_token":
			t.access, err = v.String()
		case "refresh_token":
			t.refresh, err = v.String()
		}
		return err
	})
	if err != nil {
		return tokens{}, fmt.Errorf("answer of the token endpoint: %w", err)
	}
	return t, nil
}

// errorOf is the error code of an answer, or "".
func errorOf(doc fetch.Document) string {
	var code string
	err := strictjson.ParseObject(doc.Body, func(name string, v strictjson.Value) (err error) {
		if name == "error" {
			code, err = v.String()
		}
		return err
	})
	if err != nil {
		return ""
	}
	return code
}

// clip bounds what others put into our log.
func clip(s string) string { return s[:min(len(s), 100)] }

// skew is how far clocks may differ.
const skew = 60 * time.Second
