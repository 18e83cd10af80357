package oidc

import (
	"net/http"
	"slices"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/oauth"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/token"
)

// accessTokenType is the only type of token that is exchanged, and that comes of it (RFC 8693, section 3).
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token"

// maxHops is how often a token may be passed on.
const maxHops = 4

// byExchange gives an API a token for its own calls, in the name of who called it (RFC 8693). What comes of it is never more than what was
// shown: no wider scope, no longer life, and over with the session. It names the client that acts now before those that acted before. Nothing is
// written to the store.
func (h *Handler) byExchange(r *http.Request, in asked) (tokens, error) {
	subject, err := h.subjectToken(r, in)
	if err != nil {
		return tokens{}, err
	}
	scope, err := scopeOfExchange(in, subject)
	if err != nil {
		return tokens{}, err
	}
	audience, err := targets(in)
	if err != nil {
		return tokens{}, err
	}
	row, err := h.sessionOf(r, in, subject)
	if err != nil {
		return tokens{}, err
	}
	access, err := h.Tokens.Issue(token.Grant{
		Subject: subject.Subject, ClientID: in.client.ID, SessionID: subject.SessionID, StatusPlace: int64(row.StatusPlace), Audience: audience,
		AuthTime: subject.AuthTime, ACR: subject.ACR, AMR: subject.AMR, Scope: scope.String(), Roles: rolesFor(scope, subject.Roles),
		Actors: append([]string{in.client.ID}, subject.Actors...), KeyThumb: in.proof.Thumbprint(), CertThumb: in.cert, Lifetime: in.client.TokenLifetime,
		NotAfter: subject.ExpiresAt,
	})
	if err != nil {
		return tokens{}, err
	}
	out := answerWith(access, scope)
	out.IssuedType = accessTokenType
	return out, nil
}

// subjectToken judges the token that is shown: a good one, that was sent to this client or is its own.
func (h *Handler) subjectToken(r *http.Request, in asked) (*token.Claims, error) {
	p := in.params
	switch {
	case !p.Has("subject_token"):
		return nil, oauth.Refuse(oauth.InvalidRequest, "subject_token is missing")
	case p.Get("subject_token_type") != accessTokenType:
		return nil, oauth.Refuse(oauth.InvalidRequest, "subject_token_type is %s, and nothing else", accessTokenType)
	case p.Has("requested_token_type") && p.Get("requested_token_type") != accessTokenType:
		return nil, oauth.Refuse(oauth.InvalidRequest, "requested_token_type is %s, and nothing else", accessTokenType)
	case p.Has("actor_token") || p.Has("actor_token_type"):
		return nil, oauth.Refuse(oauth.InvalidRequest, "the actor is the client itself, which has proved who it is; leave actor_token out")
	}
	subject, err := h.Guard.Stands(r.Context(), p.Get("subject_token"))
	if err != nil {
		return nil, notExchanged(err)
	}
	switch {
	case !mayAsk(in.client, subject):
		return nil, oauth.Refuse(oauth.InvalidGrant, "The subject_token was not issued to this client, nor for one of its APIs.")
	case len(subject.Actors) >= maxHops:
		return nil, oauth.Refuse(oauth.InvalidGrant, "The subject_token has been passed on %d times, which is enough.", maxHops)
	}
	return subject, nil
}

// sessionOf finds the session of a token, which must live, of a person for whom both are: the client that the token was issued to, and the one that
// shows it. A token of a program has none.
func (h *Handler) sessionOf(r *http.Request, in asked, t *token.Claims) (session.Session, error) {
	id, ok := session.ParseID(t.SessionID)
	if !ok {
		return session.Session{}, nil
	}
	row, err := h.Sessions.Living(r.Context(), id)
	if err == nil {
		err = h.keeps(r, t)
	}
	if err == nil {
		err = in.client.CheckRoles(row.Holder.Roles)
	}
	if err != nil {
		return session.Session{}, notExchanged(err)
	}
	return row, nil
}

// notExchanged words what is wrong with a token that was shown (RFC 8693, section 2.2.2).
func notExchanged(err error) error {
	if unlessRefused(err) != nil {
		return err
	}
	return oauth.Refuse(oauth.InvalidGrant, "%s", fault.From(err).Detail()).Because(err)
}

// scopeOfExchange is what was asked for, of what the token has and the client may have; all of that, if nothing was.
func scopeOfExchange(in asked, subject *token.Claims) (oauth.Scope, error) {
	wanted, err := oauth.ParseScope(in.params.Get("scope"))
	if err != nil {
		return nil, err
	}
	most := slices.DeleteFunc(oauth.Scope(subject.Scopes).Only(in.client.Scopes), func(word string) bool {
		return word == oauth.ScopeOpenID || word == oauth.ScopeOffline // these are for who signed in
	})
	switch {
	case !most.Covers(wanted):
		return nil, oauth.Refuse(oauth.InvalidScope, "that is more than the subject_token has, or than the client may have")
	case len(wanted) > 0:
		return wanted, nil
	}
	return most, nil
}

// targets are the APIs that the token is to be for, by address or by name; both mean the same here (RFC 8693, section 2.1).
func targets(in asked) ([]string, error) {
	wanted := slices.Clone(in.params.All("resource"))
	if in.params.Has("audience") {
		wanted = append(wanted, in.params.Get("audience"))
	}
	if len(wanted) == 0 {
		return nil, oauth.Refuse(oauth.InvalidTarget, "say by resource or audience which API the token is for")
	}
	return wanted, in.client.CheckResources(wanted)
}
