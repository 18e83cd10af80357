package webui

import (
	"io"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

func passkeyDrawings() []drawing {
	account := func(name string, keys func(text string) *Passkeys) drawing {
		return drawing{"account-passkeys" + name, func(u *UI, w io.Writer, f Frame, text string) error {
			f.User, f.Path = viewer(text), "/auth/account"
			return u.Account(w, Account{Frame: f, Passkeys: keys(text)})
		}}
	}
	list := func(text string) []Passkey {
		return []Passkey{
			{ID: "AA-_", Name: or(text, "Chrome"), AddedAt: today.AddDate(0, -3, 0), UsedAt: today.Add(-time.Hour), Synced: true},
			{ID: "BB", Name: or(text, "Firefox"), AddedAt: today.Add(-time.Minute)},
		}
	}
	refused := func(code fault.Code) func(string) Login {
		return func(text string) Login {
			return Login{Passkeys: true, ReturnTo: or(text, "/notes"), Notice: Refused(fault.Refuse(code))}
		}
	}
	return []drawing{
		login("login-passkeys", func(text string) Login { return Login{Passkeys: true, ReturnTo: or(text, "/notes")} }),
		login("login-passkeys-ways", func(text string) Login {
			return Login{Passkeys: true, Ways: []Way{{or(text, "Example Ltd"), "/auth/connect/company"}}}
		}),
		login("login-passkey-wanted", func(string) Login { return Login{Passkeys: true, Notice: PasskeyWanted()} }),
		login("login-passkey-asked", func(string) Login { return Login{Passkeys: true, Notice: PasskeyAsked()} }),
		login("login-passkey-invalid", refused(fault.PasskeyInvalid)), login("login-passkey-void", refused(fault.ChallengeVoid)),
		account("-none", func(text string) *Passkeys { return &Passkeys{RPID: or(text, "localhost"), UserHandle: "dV8x"} }),
		account("", func(text string) *Passkeys {
			return &Passkeys{RPID: "localhost", UserHandle: "dV8x", List: list(text), Notice: PasskeyAdded()}
		}),
		account("-full", func(text string) *Passkeys {
			return &Passkeys{List: list(text), Full: true, Notice: PasskeyRemoved()}
		}),
		account("-last", func(text string) *Passkeys {
			return &Passkeys{List: list(text)[1:], Notice: Refused(fault.Refuse(fault.PasskeyLast))}
		}),
		{"passkey", func(u *UI, w io.Writer, f Frame, text string) error {
			f.User, f.Path = viewer(text), "/auth/account/passkeys/BB"
			return u.Passkey(w, PasskeyPage{Frame: f, Passkey: list(text)[1]})
		}},
	}
}
