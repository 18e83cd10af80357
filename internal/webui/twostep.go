package webui

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/lingpai/lingpai/internal/fault"
)

// Code is the page between the password and the session. It posts code and return_to to /auth/login/code, and recovery ("1") if it asks for
// a recovery code.
type Code struct {
	Frame
	// App is the name of the app that the person comes from, or "".
	App string
	// ReturnTo is where to go afterwards. The caller has checked it.
	ReturnTo string
	// Recovery asks for a recovery code instead of one of the app. Other leads to the page that asks for the other one.
	Recovery bool
	Other    string
	// Showing is what the app shows now, in `lingpai dev`; "" elsewhere.
	Showing string
	// Notice says why the last try was refused.
	Notice *Notice
}

// Code draws the page.
func (u *UI) Code(w io.Writer, p Code) error {
	title := "code.title"
	if code := p.Notice.code(); code != "" {
		title = loginTitle(p.Notice)
	}
	v := u.view(p.Frame, title)
	notice := v.notice("why", p.Notice)
	if p.Notice.code() == fault.RateLimited { // It was no password that was tried.
		notice.Text = v.tooMany(p.Notice.refusal, string(v.rich("connect.unchecked")))
	}
	v.P = struct {
		Code
		Field  codeField
		Notice *noticeView
	}{p, v.codeField(p.Recovery, p.Notice), notice}
	return u.render(w, "code", v)
}

// codeField is the input for a code.
type codeField struct {
	Label, Hint, Described string
	Recovery, Invalid      bool
	Focus                  bool
}

func (v view) codeField(recovery bool, n *Notice) codeField {
	f := codeField{Label: v.Lang.text("code.app"), Hint: v.Lang.text("code.app.hint"), Described: "code-hint"}
	if recovery {
		f = codeField{Label: v.Lang.text("code.recovery"), Hint: v.Lang.text("code.recovery.hint"), Described: "code-hint", Recovery: true}
	}
	f.Focus = true
	if n.code() == fault.CodeInvalid {
		f.Invalid, f.Described = true, "why code-hint"
	}
	return f
}

// AppSetup is the page that offers a secret for an authenticator app, and takes a code to confirm it. It posts token and code to Action.
type AppSetup struct {
	Frame
	// Action is where the form posts to, ReturnTo what it brings along, if it is not "".
	Action, ReturnTo string
	// Required says that the person cannot go on without.
	Required bool
	// Username is whose account it is.
	Username string
	// Secret is what is typed into the app, Address what the picture says, Token what brings both back.
	Secret, Address, Token string
	Notice                 *Notice
}

// AppSetup draws the page.
func (u *UI) AppSetup(w io.Writer, p AppSetup) error {
	picture, err := drawQR(p.Address)
	if err != nil {
		return err
	}
	v := u.view(p.Frame, "two_step.title")
	field := v.codeField(false, p.Notice)
	field.Focus = field.Invalid // at first, the picture is what is to be seen
	v.P = struct {
		AppSetup
		QR     qrDrawing
		Field  codeField
		Notice *noticeView
	}{p, picture, field, v.notice("why", p.Notice)}
	return u.render(w, "app_setup", v)
}

// RecoveryCodes shows recovery codes, once.
type RecoveryCodes struct {
	Frame
	Codes []string
	// TurnedOn says that two-step sign-in was turned on just now.
	TurnedOn bool
	// Next is where to go on. The caller has checked it.
	Next string
	// Username is whose they are.
	Username string
}

// RecoveryCodes draws the page.
func (u *UI) RecoveryCodes(w io.Writer, p RecoveryCodes) error {
	v := u.view(p.Frame, "recovery.title")
	v.P = p
	return u.render(w, "recovery", v)
}

// TwoStep is the page of somebody whose two-step sign-in is on. Its forms post to /auth/account/two-step/codes and /auth/account/two-step/off.
type TwoStep struct {
	Frame
	Since time.Time
	// Left is how many recovery codes were not used.
	Left int
	// Required says that the account may not go without.
	Required bool
}

// TwoStep draws the page.
func (u *UI) TwoStep(w io.Writer, p TwoStep) error {
	if p.User == nil {
		return errors.New("render page two_step: nobody is signed in")
	}
	v := u.view(p.Frame, "two_step.title")
	v.P = p
	return u.render(w, "two_step", v)
}

// Few reports whether recovery codes run out.
func (p TwoStep) Few() bool { return p.Left < 4 }

// qrDrawing is a QR code: a path of dark squares of one unit, on a light square with the margin that readers want.
type qrDrawing struct {
	Size int
	Path string
}

// qrMargin is the quiet zone (ISO/IEC 18004, section 6.3.8), in modules.
const qrMargin = 4

func drawQR(text string) (qrDrawing, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return qrDrawing{}, fmt.Errorf("draw QR code: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool {
		r, _, _, _ := code.At(x, y).RGBA()
		return r == 0
	}
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			run := 0
			for x+run < size && dark(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+qrMargin, y+qrMargin, run, run)
				x += run
			}
		}
	}
	return qrDrawing{size + 2*qrMargin, path.String()}, nil
}
