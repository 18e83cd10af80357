package racetest

import (
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// A judge that lets everything pass proves nothing, so the model itself is shown histories that it must refuse.

const reused = "refresh_reused"

// at makes an exchange that begins at a second and takes one; successor 0 with no code is an answer that nobody saw.
func at(second int, k kind, number, successor uint32, code string) exchange {
	begin := time.Duration(second) * time.Second
	x := exchange{kind: k, number: number, call: begin, end: begin + time.Second, code: code, successor: successor}
	if k == refreshing && successor == 0 && code == "" {
		x.end = never
	}
	return x
}

func TestModelTellsWhatCanHaveHappened(t *testing.T) {
	over := int((max(overlap, grace) + 10*time.Second) / time.Second)
	for name, c := range map[string]struct {
		confirms  bool
		exchanges []exchange
		want      porcupine.CheckResult
	}{
		"a chain":                       {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 2, 3, "")}, porcupine.Ok},
		"a number left out":             {true, []exchange{at(0, refreshing, 1, 3, "")}, porcupine.Illegal},
		"two at once, one successor":    {true, []exchange{at(0, refreshing, 1, 2, ""), at(0, refreshing, 1, 2, "")}, porcupine.Ok},
		"a second branch":               {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 1, 3, "")}, porcupine.Illegal},
		"an answer lost, then the same": {true, []exchange{at(0, refreshing, 1, 0, ""), at(2, refreshing, 1, 2, "")}, porcupine.Ok},
		"an answer lost, then a gap":    {true, []exchange{at(0, refreshing, 1, 0, ""), at(2, refreshing, 1, 3, "")}, porcupine.Illegal},
		"unconfirmed, after long":       {true, []exchange{at(0, refreshing, 1, 2, ""), at(over, refreshing, 1, 2, "")}, porcupine.Ok},
		"unconfirmed, refused":          {true, []exchange{at(0, refreshing, 1, 2, ""), at(over, refreshing, 1, 0, reused)}, porcupine.Illegal},
		"confirmed, within the overlap": {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, confirming, 2, 0, ""), at(3, refreshing, 1, 2, "")}, porcupine.Ok},
		"confirmed, refused too early":  {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, confirming, 2, 0, ""), at(3, refreshing, 1, 0, reused)}, porcupine.Illegal},
		"confirmed by use, refused":     {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, using, 2, 0, ""), at(over, refreshing, 1, 0, reused)}, porcupine.Ok},
		"confirmed, a theft missed":     {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, confirming, 2, 0, ""), at(over, refreshing, 1, 2, "")}, porcupine.Illegal},
		"not confirming, within grace":  {false, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 1, 2, "")}, porcupine.Ok},
		"not confirming, refused early": {false, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 1, 0, reused)}, porcupine.Illegal},
		"not confirming, a theft missed": {
			false, []exchange{at(0, refreshing, 1, 2, ""), at(over, refreshing, 1, 2, "")}, porcupine.Illegal,
		},
		"two back": {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 2, 3, ""), at(4, refreshing, 1, 0, reused)}, porcupine.Ok},
		"two back, a theft missed": {
			true, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 2, 3, ""), at(4, refreshing, 1, 2, "")}, porcupine.Illegal,
		},
		"alive after reuse": {
			true, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 2, 3, ""), at(4, refreshing, 1, 0, reused), at(6, refreshing, 3, 4, "")}, porcupine.Illegal,
		},
		"in use after reuse": {
			true, []exchange{at(0, refreshing, 1, 2, ""), at(2, refreshing, 2, 3, ""), at(4, refreshing, 1, 0, reused), at(6, using, 3, 0, "")}, porcupine.Illegal,
		},
		"signed out for no reason": {true, []exchange{at(0, refreshing, 1, 2, ""), at(2, using, 2, 0, "session_ended")}, porcupine.Illegal},
	} {
		if got := check(state{confirms: c.confirms, counter: 1}, c.exchanges); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Random histories of a few exchanges, most of which could not have happened.
func TestWhatIsLeftOutChangesNoVerdict(t *testing.T) {
	rnd := mathrand.New(mathrand.NewPCG(seedOf(t), 0))
	verdicts := map[porcupine.CheckResult]int{}
	for range 20_000 {
		var all []exchange
		for range 3 + rnd.IntN(6) {
			x := at(rnd.IntN(12), []kind{refreshing, refreshing, refreshing, using}[rnd.IntN(4)], uint32(1+rnd.IntN(3)), 0, "")
			x.end = x.call + time.Duration(1+rnd.IntN(8))*time.Second
			switch answer := rnd.IntN(8); {
			case answer == 0:
				x.end = never
			case x.kind == refreshing && answer == 1:
				x.code = reused
			case x.kind == refreshing:
				x.successor = x.number + 1
			}
			all = append(all, x)
		}
		begin := state{confirms: true, bound: true, counter: 1}
		want := search(begin, slices.Clone(all))
		if got := check(begin, slices.Clone(all)); got != want {
			t.Fatalf("%s, want %s: %v", got, want, all)
		}
		verdicts[want]++
	}
	if verdicts[porcupine.Ok] < 500 || verdicts[porcupine.Illegal] < 500 {
		t.Errorf("hardly a choice: %v", verdicts)
	}
}
