package authn

import (
	"github.com/lingpai/lingpai/internal/audit"
	"github.com/lingpai/lingpai/internal/client"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/user"
)

// Beginning is what a session of our own pages and API begins with, by whatever it was that somebody proved who they are with. device is the
// value of the device cookie. How they proved it, and where the session is kept, is the caller's to add.
func (d *Devices) Beginning(u user.User, device string, src audit.Source) session.Beginning {
	src.Actor = u.ID
	return session.Beginning{
		ID: session.NewID(), UserID: u.ID, PasswordAt: u.PasswordChangedAt, ClientID: client.OwnID, Known: d.Known(device, u.ID) != "", Source: src,
		Holder: session.Holder{
			Username: u.Username, Email: u.Email, EmailVerified: u.EmailVerified, Name: u.Name, Roles: u.Roles, Claims: u.Claims, Disabled: u.Disabled,
			ChangedAt: u.ChangedAt,
		},
	}
}
