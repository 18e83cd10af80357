package provider

import (
	"bytes"
	"errors"
	"testing"
	"time"

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
	return New(Options{Box: box, Now: func() time.Time { return now }})
}

// earlier is the state of a sign-in that began at noon, sealed before there was package seal.
const earlier = "yCuEd2bjqDZv-rJMl0UAO4L4SXPlEwX_UxtDTyChMsBVHSSY0rORNQAuyFEh8dKLQvsG--hEYwzqPPkL3TbeCp3xy-x6x5hARE8j4tDwZHEMowpTaLO10Qmf5pfuWWyzLc2lOfMPjoGYpVo68osb"

// A server is replaced by a newer one while somebody is at their provider.
func TestASignInThatBeganAtAnEarlierVersionGoesOn(t *testing.T) {
	want := flow{Provider: "corp", Origin: "https://a.example", ReturnTo: "/notes", Nonce: "n", Verifier: "v", Began: noon.UnixMilli()}
	if f, err := at(t, noon.Add(flowFor)).open(earlier, "binding"); err != nil || f != want {
		t.Errorf("open: %+v, %v", f, err)
	}
}

// A state is spent by its text, so a second spelling of one would be good a second time.
func TestAStateIsGoodForAWhileBesideItsCookieInOneSpelling(t *testing.T) {
	for what, open := range map[string]func() (flow, error){
		"in another browser": func() (flow, error) { return at(t, noon).open(earlier, "other") },
		"without a cookie":   func() (flow, error) { return at(t, noon).open(earlier, "") },
		"too late":           func() (flow, error) { return at(t, noon.Add(flowFor+time.Millisecond)).open(earlier, "binding") },
		"before it began":    func() (flow, error) { return at(t, noon.Add(-time.Millisecond)).open(earlier, "binding") },
		"with a line break":  func() (flow, error) { return at(t, noon).open(earlier+"\n", "binding") },
		"with padding":       func() (flow, error) { return at(t, noon).open(earlier+"=", "binding") },
	} {
		if f, err := open(); !errors.Is(err, errState) {
			t.Errorf("%s: %+v, %v", what, f, err)
		}
	}
}
