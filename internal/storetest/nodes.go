package storetest

import (
	"time"

	"github.com/lingpai/lingpai/internal/revocation"
)

var nodeTests = []test{
	{"AQuestionStandsBehindWhatWasCommitted", aQuestionStandsBehindWhatWasCommitted},
	{"TheLastReportOfEachNodeStands", theLastReportOfEachNodeStands},
}

func aQuestionStandsBehindWhatWasCommitted(t *suite) {
	_, err := t.s.EndSessions(t.Context(), ending(t.startSession(t.addUser("alice")).ID))
	t.must(err)
	first, err := t.s.Ask(t.Context(), start, start.Add(time.Minute))
	t.must(err)
	second, err := t.node().Ask(t.Context(), start, start.Add(time.Minute))
	t.must(err)
	records := t.revocations()
	t.equal(len(records), 3)
	t.equal(records[1], revocation.Record{Seq: first, Kind: revocation.Asked, At: start, Until: start.Add(time.Minute)})
	t.equal(records[2].Seq, second)
	t.must(t.s.Forget(t.Context(), start.Add(2*time.Minute)))
	t.equal(len(t.revocations()), 1)
}

func theLastReportOfEachNodeStands(t *suite) {
	report := func(node string, answers int64) revocation.Report {
		return revocation.Report{Node: node, Name: "web " + awkward, At: start, Answers: answers, Standing: revocation.Standing{
			Applied: 1, Subscribers: 2, Laggards: []revocation.Laggard{{Name: awkward, Seq: 7}},
		}}
	}
	a, b := report("a", 1), report("b", 2)
	other := t.node()
	t.must(t.s.Tell(t.Context(), a))
	t.must(other.Tell(t.Context(), b))
	t.equal(t.reports(start), []revocation.Report{a, b})
	a.Answers, a.At, a.Standing = 3, start.Add(time.Minute), revocation.Standing{Applied: 2, Subscribers: 2, Laggards: []revocation.Laggard{}}
	t.must(t.s.Tell(t.Context(), a))
	t.equal(t.reports(start), []revocation.Report{a, b})
	t.equal(t.reports(start.Add(time.Second)), []revocation.Report{a}) // b has been silent since
	t.must(other.Retire(t.Context(), "a"))
	t.equal(t.reports(start), []revocation.Report{b})
}

func (t *suite) reports(since time.Time) []revocation.Report {
	t.Helper()
	list, err := t.s.Reports(t.Context(), since)
	t.must(err)
	return list
}
