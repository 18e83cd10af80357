package record

import (
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/keys"
)

// Event is what happened.
type Event struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Action    string    `json:"action"`
	UserID    string    `json:"user_id"`
	Username  string    `json:"username"` // "" for nobody, or for somebody who is gone
	SessionID string    `json:"session_id"`
	ClientID  string    `json:"client_id"`
	Actor     string    `json:"actor"`
	Address   string    `json:"address"`
	Agent     string    `json:"user_agent"`
	RequestID string    `json:"request_id"`
	Detail    string    `json:"detail"`
}

// OfEvents makes the records of events; username tells that of an account.
func OfEvents(events []audit.Event, username func(id string) string) []Event {
	return each(events, func(e audit.Event) Event {
		return Event{
			e.ID, UTC(e.At), string(e.Action), e.UserID, username(e.UserID), e.SessionID, e.ClientID, e.Actor, e.Address, e.Agent, e.RequestID, e.Detail,
		}
	})
}

// Key is a signing key; there is nothing secret in it.
type Key struct {
	ID        string    `json:"id"`
	Algorithm string    `json:"algorithm"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
	SignsFrom time.Time `json:"signs_from"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// OfKey makes the record of a key.
func OfKey(k keys.Info) Key {
	return Key{k.ID, string(k.Algorithm), string(k.State), UTC(k.CreatedAt), UTC(k.ActivatesAt), UTC(k.ExpiresAt)}
}

// OfKeys makes the records of keys.
func OfKeys(list []keys.Info) []Key { return each(list, OfKey) }
