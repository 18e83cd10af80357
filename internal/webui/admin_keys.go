package webui

import (
	"io"
	"time"
)

// AdminKeys is the list of signing keys. Its form posts now ("1" when chosen) to /auth/admin/keys/rotate.
type AdminKeys struct {
	Frame
	Keys []AdminKey
	// PublishBefore is for how long a key is published before it signs.
	PublishBefore time.Duration
	Notice        *Notice
}

// AdminKey is a signing key; there is nothing secret in it.
type AdminKey struct {
	ID, Algorithm string
	State         string // next, signing or retired
	MadeAt        time.Time
	SignsFrom     time.Time
	RemovedAt     time.Time // zero while no successor is set
}

// Signs reports whether new tokens are signed with it.
func (k AdminKey) Signs() bool { return k.State == "signing" }

// AdminKeys draws the list.
func (u *UI) AdminKeys(w io.Writer, p AdminKeys) error {
	if p.User == nil {
		return errNobody
	}
	v := u.view(p.Frame, "admin.keys.title")
	v.P = struct {
		AdminKeys
		Notice *noticeView
	}{p, v.notice("done", p.Notice)}
	return u.render(w, "admin_keys", v)
}
