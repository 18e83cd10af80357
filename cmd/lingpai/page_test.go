package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var sampleRows = [][]string{{"alice", "张三丰", "", "admin, editor"}, {"bob", "", "", ""}}

func sampleTable(wide int) string {
	var out strings.Builder
	p := &page{Writer: &out, wide: wide}
	p.table([]string{"USERNAME", "NAME", "EMAIL", "ROLES AND WHAT THEY MEAN"}, sampleRows)
	return out.String()
}

func TestATableFitsTheTerminal(t *testing.T) {
	for wide, want := range map[int]string{
		0: "USERNAME  NAME    EMAIL  ROLES AND WHAT THEY MEAN\n" + // for programs that cut it up: all columns, whatever they hold
			"alice     张三丰         admin, editor\n" +
			"bob\n",
		80: "USERNAME  NAME    ROLES AND WHAT THEY MEAN\n" +
			"alice     张三丰  admin, editor\n" +
			"bob\n",
		40: "USERNAME  NAME    ROLES AND WHAT THEY\n" +
			"                  MEAN\n" +
			"alice     张三丰  admin, editor\n" +
			"bob\n",
		30: "alice  USERNAME\n" +
			"  name                      张三丰\n" +
			"  roles and what they mean  admin, editor\n" +
			"\n" +
			"bob  USERNAME\n",
	} {
		if diff := cmp.Diff(want, sampleTable(wide)); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", wide, diff)
		}
	}
}

func TestTextFlowsIntoTheTerminal(t *testing.T) {
	p := &page{Writer: &strings.Builder{}, wide: 20}
	const text = "One paragraph that was\nbroken elsewhere.\n\n  a list   stays\n  as it is"
	const want = "One paragraph that\nwas broken\nelsewhere.\n\n  a list   stays\n  as it is"
	if diff := cmp.Diff(want, p.flowing(text)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsToComeIsRounded(t *testing.T) {
	now := time.Date(2026, 7, 14, 10, 0, 0, 0, time.UTC)
	p := &page{now: now}
	for ahead, want := range map[time.Duration]string{
		-time.Minute:                  "60 seconds ago",
		0:                             "just now",
		59 * time.Second:              "in 59 seconds",
		5*time.Minute - time.Second:   "in 5 minutes",
		5*time.Minute + time.Second:   "in 5 minutes",
		2*time.Hour - time.Second:     "in 2 hours",
		90*24*time.Hour - time.Minute: "in 90 days",
	} {
		if got := p.ago(now.Add(ahead)); got != want {
			t.Errorf("%v ahead is said %q, want %q", ahead, got, want)
		}
	}
}
