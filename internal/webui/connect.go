package webui

import (
	"io"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// Device asks for the code that a device shows. It posts user_code to /auth/device.
type Device struct {
	Frame
	// Username is who the device is to be signed in as.
	Username string
	// Code is what was typed before, or came in the address.
	Code string
	// Refused says why the last try led nowhere; nil at the first.
	Refused *fault.Refusal
}

// Device draws the question.
func (u *UI) Device(w io.Writer, p Device) error {
	v := u.view(p.Frame, "connect.title")
	var notice *noticeView
	if p.Refused != nil {
		notice = v.notice("why", Refused(p.Refused))
		if p.Refused.Code == fault.RateLimited { // It was no password that was tried.
			notice.Text = v.tooMany(p.Refused, string(v.rich("connect.unchecked")))
		}
	}
	v.P = struct {
		Device
		Notice *noticeView
	}{p, notice}
	return u.render(w, "device", v)
}

// DeviceConfirm asks whether the device is the person's own. It posts answer ("allow" or "deny"), user_code and proof to /auth/device.
type DeviceConfirm struct {
	Frame
	// App is what the app on the device is called.
	App string
	// Username is who it would be signed in as.
	Username string
	// Code is what the device shows.
	Code string
	// AskedAt, Address and Agent say when it asked, from where, and what it says it is. Near says that the person is at the same address.
	AskedAt        time.Time
	Address, Agent string
	Near           bool
	// Scopes is what the app asks for, until Until if nobody ends it before.
	Scopes []string
	Until  time.Time
	// Proof comes back with the answer.
	Proof string
}

// DeviceConfirm draws the question.
func (u *UI) DeviceConfirm(w io.Writer, p DeviceConfirm) error {
	v := u.view(p.Frame, "connect.confirm.title")
	v.P = struct {
		DeviceConfirm
		Device string
		May    []permission
	}{p, v.Lang.Device(p.Agent), v.permissions(Consent{Scopes: p.Scopes, Until: p.Until})}
	return u.render(w, "device_confirm", v)
}

// DeviceDone says what follows.
type DeviceDone struct {
	Frame
	App     string
	Allowed bool
}

// DeviceDone draws the page.
func (u *UI) DeviceDone(w io.Writer, p DeviceDone) error {
	v := u.view(p.Frame, "connect.done.title")
	v.P = p
	return u.render(w, "device_done", v)
}
