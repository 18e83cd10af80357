package api

import (
	"time"

	"github.com/lingpai/lingpai/internal/session"
)

// answer is what a sign-in and a refresh give.
type answer struct {
	AccessToken  string       `json:"access_token,omitempty"`
	TokenType    string       `json:"token_type,omitempty"`
	ExpiresIn    int64        `json:"expires_in,omitempty"` // seconds
	ExpiresAt    *time.Time   `json:"expires_at,omitempty"`
	RefreshToken string       `json:"refresh_token,omitempty"`
	Session      sessionBrief `json:"session"`
	User         person       `json:"user"`
}

type sessionBrief struct {
	ID        string    `json:"id"`
	ExpiresAt time.Time `json:"expires_at"`
}

// person is an account as its owner sees it.
type person struct {
	ID            string   `json:"id"`
	Username      string   `json:"username"`
	Name          string   `json:"name"`
	Email         string   `json:"email,omitempty"`
	EmailVerified *bool    `json:"email_verified,omitempty"` // stands where email does
	Roles         []string `json:"roles"`
}

// sessionEntry is one row of the list of one's sessions.
type sessionEntry struct {
	ID        string    `json:"id"`
	Current   bool      `json:"current"`
	ClientID  string    `json:"client_id"`
	Keep      string    `json:"keep"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Address   string    `json:"address"`
	Agent     string    `json:"user_agent"`
}

func personOf(s session.Session) person {
	roles := s.Holder.Roles
	if roles == nil {
		roles = []string{}
	}
	p := person{ID: s.UserID, Username: s.Holder.Username, Name: s.Holder.Name, Email: s.Holder.Email, Roles: roles}
	if p.Email != "" {
		p.EmailVerified = &s.Holder.EmailVerified
	}
	return p
}

func briefOf(s session.Session) sessionBrief {
	return sessionBrief{s.ID.String(), seconds(s.ExpiresAt)}
}

// seconds is how times are written: UTC, whole seconds.
func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// issue makes the answer for a session: with an access token unless the tokens stay on the server.
func (h *Handler) issue(s session.Session) (answer, error) {
	a := answer{Session: briefOf(s), User: personOf(s)}
	if s.Keep == session.KeepCookie {
		return a, nil
	}
	access, err := h.Tokens.Issue(s.Access())
	if err != nil {
		return answer{}, err
	}
	a.AccessToken, a.TokenType = access.Token, access.Type
	a.ExpiresAt, a.ExpiresIn = new(seconds(access.ExpiresAt)), access.ExpiresIn
	return a, nil
}
