package passkey

import (
	"bytes"
	"testing"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/seal"
)

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// at is a service by the clock of a moment.
func at(t *testing.T, now time.Time) *Service {
	t.Helper()
	box, err := seal.NewBox(bytes.Repeat([]byte{1}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return &Service{Box: box, Now: func() time.Time { return now }}
}

// earlier was sealed to add a passkey to the account of alice, at noon, before there was package seal.
const earlier = "LKqyAoAOt6ZTNdZf7oGn-xwtY3cbgzSVwS9InnW9-KsgqKnx4HdHjxy4h6Zt"

// A server is replaced by a newer one while somebody looks for their device.
func TestWhatWasBegunAtAnEarlierVersionGoesOn(t *testing.T) {
	c, err := at(t, noon.Add(BegunFor)).open(earlier, toAdd("alice"))
	if err != nil || c.text != "challenge" || c.ends.Before(noon.Add(BegunFor)) {
		t.Errorf("open: %+v, %v", c, err)
	}
}

func TestAChallengeIsGoodForWhatItWasMadeForAndForAWhile(t *testing.T) {
	for what, open := range map[string]func() (challenge, error){
		"to add to another account": func() (challenge, error) { return at(t, noon).open(earlier, toAdd("bob")) },
		"to sign in":                func() (challenge, error) { return at(t, noon).open(earlier, toSignIn) },
		"too late": func() (challenge, error) {
			return at(t, noon.Add(BegunFor+time.Millisecond)).open(earlier, toAdd("alice"))
		},
		"before it was made": func() (challenge, error) { return at(t, noon.Add(-2*time.Second)).open(earlier, toAdd("alice")) },
	} {
		if c, err := open(); !fault.Is(err, fault.ChallengeVoid) {
			t.Errorf("%s: %+v, %v", what, c, err)
		}
	}
}
