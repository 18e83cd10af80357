package admin

import (
	"context"
	"time"

	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/mailbox"
	"github.com/lingpai/lingpai/internal/user"
)

// anewFor is how long the link for another password is good, as on the command line.
const anewFor = 24 * time.Hour

// invitation is a link by which somebody chooses a password. No administrator learns one.
type invitation struct {
	// Link is to be handed over, and is told once; "" when it was mailed.
	Link    string
	GoodFor time.Duration
}

// invite mails somebody a link for a password, or makes one to be handed over where nothing can be mailed. Until it is used the account stays as it is.
// Who is disabled gets none: account_disabled.
func (h *Handler) invite(ctx context.Context, u user.User, src audit.Source) (invitation, error) {
	if u.Disabled {
		return invitation{}, fault.Refuse(fault.AccountDisabled)
	}
	in := invitation{GoodFor: anewFor}
	if u.Password.Empty() {
		in.GoodFor = mailbox.InviteFor
	}
	link, err := h.Mailbox.Invite(ctx, u, in.GoodFor, h.reaches(u), src)
	if !h.reaches(u) {
		in.Link = link
	}
	return in, err
}

// reaches reports whether a letter comes to somebody and to nobody else: an address that is not known to be theirs may be that of a stranger, who would
// get the account.
func (h *Handler) reaches(u user.User) bool {
	return h.Mailbox.Mails() && u.EmailVerified && u.Email != ""
}
