package webui

import (
	"image"
	"image/color"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/boombuler/barcode/qr"

	"github.com/lingpai/lingpai/internal/fault"
)

func twoSteps() []drawing {
	code := func(name string, recovery bool, n *Notice) drawing {
		return drawing{"code" + name, func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/login/code"
			return u.Code(w, Code{Frame: f, App: or(text, "Notes"), ReturnTo: or(text, "/notes"), Recovery: recovery, Other: "/auth/login/code?recovery=1", Notice: n})
		}}
	}
	setup := func(name string, required bool, n *Notice) drawing {
		return drawing{"app-setup" + name, func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path = "/auth/account/two-step"
			if !required {
				f.User = viewer(text)
			}
			return u.AppSetup(w, AppSetup{
				Frame: f, Action: "/auth/account/two-step", Required: required, Username: or(text, "alice"), Secret: "CT5E BQXV G2QR 6ZBB L4QH UQ7R NQ4N WKXJ",
				Address: "otpauth://totp/Notes:alice?secret=CT5EBQXVG2QR6ZBBL4QHUQ7RNQ4NWKXJ&issuer=Notes", Token: or(text, "abc"), ReturnTo: text, Notice: n,
			})
		}}
	}
	recovery := []string{
		"mzxw-6ytb-oi7q-k3pa-z5d2-r7vn", "ge4d-qnrw-gq3t-mnbx-gqzd-m6lq", "pb2x-a4dq-n5zh-c7tk-w3ve-y6rj", "qk7v-5p2m-4x6c-3bzn-dadf-wg2h", "nrux-g4dj-orsx-e2lu-mvxg-o5dp",
		"oj2w-42lo-m5sx-g5dj-nzte-4zlt", "krsx-g5ba-jfxg-k3lt-oqqh-i2dn", "mfzg-k3tt-mvra-onsw-g4tf-oqqg", "ifxg-65di-mvza-orsx-g5bb-pfzx", "jbsw-y3dp-eblw-64tm-mqqh-k3dm",
	}
	return []drawing{
		login("login-two-steps", func(string) Login { return Login{Notice: TwoStepsWanted()} }), login("login-two-step-missing", func(string) Login { return Login{Notice: TwoStepMissing()} }),
		login("login-slow", func(string) Login { return Login{Notice: TooSlow()} }),
		{"code-dev", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.Code(w, Code{Frame: f, Other: "/auth/login/code?recovery=1", Showing: or(text, "287082")})
		}},
		code("", false, nil), code("-recovery", true, nil), code("-wrong", false, Refused(fault.Refuse(fault.CodeInvalid))),
		code("-throttled", false, Refused(fault.Refuse(fault.RateLimited, 40*time.Second))),
		setup("", false, nil), setup("-wrong", false, Refused(fault.Refuse(fault.CodeInvalid))), setup("-required", true, nil), setup("-void", false, Refused(fault.Refuse(fault.OfferVoid))),
		{"recovery", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/account/two-step", viewer(text)
			return u.RecoveryCodes(w, RecoveryCodes{Frame: f, Codes: recovery, TurnedOn: true, Next: "/auth/account", Username: or(text, "alice")})
		}},
		{"recovery-new", func(u *UI, w io.Writer, f Frame, text string) error {
			return u.RecoveryCodes(w, RecoveryCodes{Frame: f, Codes: recovery, Next: "/notes", Username: or(text, "alice")})
		}},
		{"two-step", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/account/two-step", viewer(text)
			return u.TwoStep(w, TwoStep{Frame: f, Since: today.AddDate(0, -3, 0), Left: 9})
		}},
		{"two-step-few", func(u *UI, w io.Writer, f Frame, text string) error {
			f.Path, f.User = "/auth/account/two-step", viewer(text)
			return u.TwoStep(w, TwoStep{Frame: f, Since: today.Add(-time.Hour), Left: 1, Required: true})
		}},
	}
}

var squares = regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`)

// TestThePictureIsThatOfItsText draws the path again, square by square, and holds it against the library's own image.
func TestThePictureIsThatOfItsText(t *testing.T) {
	const text = "otpauth://totp/Notes:alice?secret=CT5EBQXVG2QR6ZBBL4QHUQ7RNQ4NWKXJ&issuer=Notes"
	got, err := drawQR(text)
	if err != nil {
		t.Fatal(err)
	}
	drawn := image.NewGray(image.Rect(0, 0, got.Size, got.Size))
	for _, m := range squares.FindAllStringSubmatch(got.Path, -1) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+1])
		}
		if n[2] != n[3] {
			t.Fatalf("%s is no square", m[0])
		}
		for x := range n[2] {
			drawn.SetGray(n[0]+x, n[1], color.Gray{Y: 255})
		}
	}
	if rest := squares.ReplaceAllString(got.Path, ""); strings.TrimSpace(rest) != "" {
		t.Fatalf("the path says more: %s", rest)
	}
	want, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		t.Fatal(err)
	}
	for y := range got.Size {
		for x := range got.Size {
			dark := false
			if inside := image.Pt(x-qrMargin, y-qrMargin); inside.In(want.Bounds()) {
				r, _, _, _ := want.At(inside.X, inside.Y).RGBA()
				dark = r == 0
			}
			if dark != (drawn.GrayAt(x, y).Y == 255) {
				t.Fatalf("the square at %d %d is wrong", x, y)
			}
		}
	}
}
