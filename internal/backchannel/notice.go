package backchannel

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/session"
)

// Notice is one sign-out that one app is to be told of.
type Notice struct {
	ID        string // the `jti` of its logout token, at each try
	ClientID  string
	SessionID session.ID // the `sid` that the app was given
	Subject   string     // what the app knows the person by
	At        time.Time  // when the session ended
	Tries     int        // how often it was sent in vain
}

// Store keeps notices. Sessions that end add to it in the act that ends them. Every method that writes is one atomic, durable act.
type Store interface {
	// TakeLogouts returns up to most notices that are due at now, the longest due first, and makes each due again at again: of any number
	// of concurrent calls one gets a notice.
	TakeLogouts(ctx context.Context, now, again time.Time, most int) ([]Notice, error)
	// ForgetLogout forgets a notice.
	ForgetLogout(ctx context.Context, id string) error
	// RetryLogout counts a try, and makes a notice due then.
	RetryLogout(ctx context.Context, id string, due time.Time) error
	// AddExpiredLogouts adds notices for sessions of apps that ran out by themselves before now, once for each.
	AddExpiredLogouts(ctx context.Context, now time.Time) error
}
