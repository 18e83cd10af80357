package grant

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
)

// Request is an authorization request whose answer may go to RedirectURI, because that is a registered address of Client.
type Request struct {
	Client      client.Client
	Params      oauth.Params // as they came, but for our mark: a pushed request is named, a signed one is whole
	RedirectURI string
	Mode        oauth.ResponseMode
	Signed      bool // the answer is to be signed
	State       string
	Scope       oauth.Scope // of those asked for, what the client may ask for
	Resources   []string
	Nonce       string
	Challenge   string // of PKCE, or "" for a client that may go without
	KeyThumb    string // dpop_jkt
	Prompt      []oauth.Prompt
	MaxAge      time.Duration // of the sign-in; negative when any will do
	ACRValues   []string      // classes of sign-in, of which one is wished for (acr_values)
	LoginHint   string
	UILocales   string
	IDTokenHint string
	Claims      Claims
	Details     Details // authorization_details
}

// Read reads a request. Without a Request, the error is for whoever is in front of the browser, which must not be sent anywhere. With one, the
// error is for the client, at the Request's address.
func (s *Service) Read(ctx context.Context, p oauth.Params) (*Request, error) {
	c, err := s.Clients.Find(ctx, p.Get("client_id"))
	switch {
	case fault.Is(err, fault.RateLimited):
		return nil, err
	case errors.Is(err, fault.ErrNotFound):
		return nil, fault.Refuse(fault.ClientUnknown).Because(err)
	}
	if err != nil {
		return nil, err
	}
	began, marked := s.Began(p)
	if marked && s.Now().Sub(began) > patience {
		began = s.Now()
	}
	asked, err := s.asked(ctx, &c, p, began)
	if _, pushed := pushedHash(p); err == nil && c.MustPush() && !pushed {
		err = oauth.Refuse(oauth.InvalidRequest, "the client pushes its requests to /auth/par, and this one was not pushed")
	}
	if err != nil && !(oauthError(err) && c.Redirects(p.Get("redirect_uri"))) {
		return nil, unanswerable(err)
	}
	req, refused := s.read(c, p, asked)
	if req != nil && err != nil {
		refused = err
	}
	if req == nil {
		return nil, unanswerable(refused)
	}
	return req, refused
}

func oauthError(err error) bool {
	_, ok := errors.AsType[*oauth.Error](err)
	return ok
}

// refusePage is a refusal for the person, who has to go back to the app.
func refusePage(oe *oauth.Error) error {
	return fault.Refuse(fault.RequestMalformed, oe.Description).Because(oe)
}

// read reads the parameters that count, of a request that came as p. Its results are those of Read.
func (s *Service) read(c client.Client, p, asked oauth.Params) (*Request, error) {
	req := &Request{Client: c, Params: p.Without(MarkParam), RedirectURI: asked.Get("redirect_uri"), State: asked.Get("state")}
	req.Mode, req.Signed = c.Modes()[0].Carrier()
	switch {
	case !c.May(oauth.AuthorizationCode):
		return nil, fault.Refuse(fault.ClientUnknown).Because(errors.New("the client signs nobody in"))
	case !c.Redirects(req.RedirectURI):
		return nil, s.Clients.RefuseRedirect(&c, req.RedirectURI)
	}
	for _, read := range []func(oauth.Params) error{req.readMode, req.readKind, req.readScope, req.readPKCE, req.readResources, req.readPrompt, req.readRest} {
		if err := read(asked); err != nil {
			return req, err
		}
	}
	return req, nil
}

func (r *Request) readMode(p oauth.Params) error {
	mode := cmp.Or(oauth.ResponseMode(p.Get("response_mode")), oauth.Query) // which is that of a code (OAuth 2.0 Multiple Response Types, section 2.1)
	if !mode.Among(r.Client.Modes()) {
		return oauth.Refuse(oauth.InvalidRequest, "response_mode is none that the client was registered for")
	}
	r.Mode, r.Signed = mode.Carrier()
	return nil
}

func (r *Request) readKind(p oauth.Params) error {
	switch {
	case p.Has("registration"):
		return oauth.Refuse(oauth.RegistrationNotSupported, "registration is not taken here")
	case !p.Has("response_type"):
		return oauth.Refuse(oauth.InvalidRequest, "response_type is missing")
	case p.Get("response_type") != "code":
		return oauth.Refuse(oauth.UnsupportedResponseType, "response_type is code, and nothing else")
	}
	return nil
}

// readScope drops what the client may not ask for (OpenID Connect Core, section 3.1.2.1): the answer says what is left.
func (r *Request) readScope(p oauth.Params) (err error) {
	r.Scope, err = allowedScope(&r.Client, p.Get("scope"))
	return err
}

func allowedScope(c *client.Client, text string) (oauth.Scope, error) {
	asked, err := oauth.ParseScope(text)
	if err != nil {
		return nil, err
	}
	scope := asked.Only(c.Scopes)
	if len(asked) > 0 && len(scope) == 0 {
		return nil, oauth.Refuse(oauth.InvalidScope, "the client may ask for none of these scopes")
	}
	if !c.May(oauth.RefreshToken) {
		scope = slices.DeleteFunc(scope, func(w string) bool { return w == oauth.ScopeOffline })
	}
	return scope, nil
}

func (r *Request) readPKCE(p oauth.Params) error {
	r.Challenge = p.Get("code_challenge")
	method := p.Get("code_challenge_method")
	switch {
	case r.Challenge == "" && method == "" && r.Client.InsecureWithoutPKCE:
		return nil
	case r.Challenge == "":
		return oauth.Refuse(oauth.InvalidRequest, "code_challenge is missing: PKCE is required, so switch it on in the library of the app (method S256)")
	case method != oauth.S256:
		return oauth.Refuse(oauth.InvalidRequest, "code_challenge_method is S256, and nothing else")
	case !oauth.IsChallenge(r.Challenge):
		return oauth.Refuse(oauth.InvalidRequest, "code_challenge is not a SHA-256 in base64url")
	}
	return nil
}

func (r *Request) readResources(p oauth.Params) error {
	r.Resources = p.All("resource")
	return r.Client.CheckResources(r.Resources)
}

func (r *Request) readPrompt(p oauth.Params) (err error) {
	if r.Prompt, err = oauth.ParsePrompt(p.Get("prompt")); err != nil {
		return err
	}
	r.MaxAge = -1
	if text := p.Get("max_age"); text != "" {
		seconds, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return oauth.Refuse(oauth.InvalidRequest, "max_age is not a number of seconds")
		}
		r.MaxAge = time.Duration(seconds) * time.Second
	}
	return nil
}

func (r *Request) readRest(p oauth.Params) (err error) {
	r.Nonce, r.KeyThumb = p.Get("nonce"), p.Get("dpop_jkt")
	r.LoginHint, r.UILocales, r.IDTokenHint = p.Get("login_hint"), p.Get("ui_locales"), p.Get("id_token_hint")
	r.ACRValues = strings.Fields(p.Get("acr_values"))
	if r.KeyThumb != "" && !oauth.IsChallenge(r.KeyThumb) {
		return oauth.Refuse(oauth.InvalidRequest, "dpop_jkt is not a thumbprint")
	}
	if r.Details, err = ParseDetails(&r.Client, p.Get("authorization_details")); err != nil {
		return err
	}
	r.Claims, err = parseClaims(p.Get("claims"))
	return err
}

// Prompts reports whether the client asks for a prompt.
func (r *Request) Prompts(p oauth.Prompt) bool { return slices.Contains(r.Prompt, p) }

// FormTarget is where a form must be allowed to lead that answers the request, as a source of a Content-Security-Policy. A browser holds a page to it
// over all redirects that follow, and a client on a server may lead on: a broker signs people in for apps of others, which we do not know.
func (r *Request) FormTarget() string {
	if scheme, _, ok := strings.Cut(r.RedirectURI, "://"); ok && r.Client.Profile == client.Web {
		return scheme + ":"
	}
	return oauth.OriginOf(r.RedirectURI)
}
