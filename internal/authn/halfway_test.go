package authn

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/seal"
	"github.com/lingpai/lingpai/internal/user"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// at is a second step by the clock of a moment.
func at(t *testing.T, now time.Time) *SecondStep {
	t.Helper()
	box, err := seal.NewBox(bytes.Repeat([]byte{1}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return &SecondStep{Box: box, Now: func() time.Time { return now }}
}

func TestASignInThatIsHalfDoneGoesOnForAWhileToWhereItLed(t *testing.T) {
	cookie, err := at(t, noon).Seal(user.User{ID: "alice", PasswordChangedAt: noon}, false, "/notes")
	if err != nil {
		t.Fatal(err)
	}
	h, err := at(t, noon.Add(HalfwayFor)).Open(cookie.Reveal(), "/notes")
	if err != nil || h.UserID != "alice" || !h.PasswordAt.Equal(noon) || h.Stay {
		t.Errorf("Open: %+v, %v", h, err)
	}
	for what, open := range map[string]func() (Halfway, error){
		"too late": func() (Halfway, error) {
			return at(t, noon.Add(HalfwayFor+time.Millisecond)).Open(cookie.Reveal(), "/notes")
		},
		"before it was": func() (Halfway, error) { return at(t, noon.Add(-2*time.Second)).Open(cookie.Reveal(), "/notes") },
		"elsewhere":     func() (Halfway, error) { return at(t, noon).Open(cookie.Reveal(), "/other") },
		"no cookie":     func() (Halfway, error) { return at(t, noon).Open("", "/notes") },
	} {
		if h, err := open(); !errors.Is(err, errHalfway) {
			t.Errorf("%s: %+v, %v", what, h, err)
		}
	}
}

// A server is replaced by a newer one while somebody looks for their code.
func TestASignInThatWasHalfDoneAtAnEarlierVersionGoesOn(t *testing.T) {
	const cookie = "RmuGQ6IibipqznACuHkM-cmBwADmVXAwcy3JSjBsjjqbc8vhbHctDYPlghyY7N2ICli2d67BTSVqQx_EioEyM4QI0MDhsz_zNFC3lPSl0vRfSoIyaHmDWFSL199CJxGkT2uw6e2LfmZgO8mB_L5fzhHToyOh6p_u"
	h, err := at(t, noon).Open(cookie, "/notes")
	if err != nil || h.UserID != "alice" || !h.PasswordAt.Equal(noon.Add(-time.Hour)) || !h.Stay {
		t.Errorf("Open: %+v, %v", h, err)
	}
}
