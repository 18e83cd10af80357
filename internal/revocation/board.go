package revocation

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

const (
	// presentEvery is how often a node says that it is there; one that has not said so for presentFor is gone.
	presentEvery = time.Minute
	presentFor   = 150 * time.Second
	// answerEvery gathers acknowledgements: an answer is a write.
	answerEvery = 30 * time.Millisecond
	// lookEvery is how often somebody who has asked looks for answers.
	lookEvery = 20 * time.Millisecond
	// leaveWithin bounds the last write of a node that stops.
	leaveWithin = 2 * time.Second
)

// Report is what a node says of itself and its subscribers.
type Report struct {
	Node     string // a random name of this run
	Name     string // what it calls itself
	At       time.Time
	Answers  int64    // the number of the last question that it has read; 0 for none
	Standing Standing // at that question
}

// Board is where the nodes of one database tell how far they are, so that whoever ends a session from another process learns who has
// heard of it. The question travels by the log: a node that answers has read all that was committed before it was asked.
type Board interface {
	// Ask appends a question to the log and returns its number.
	Ask(ctx context.Context, at, until time.Time) (int64, error)
	// Tell keeps a report in the place of the node's last one.
	Tell(ctx context.Context, r Report) error
	// Retire removes the report of a node that stops.
	Retire(ctx context.Context, node string) error
	// Reports lists what nodes have told since.
	Reports(ctx context.Context, since time.Time) ([]Report, error)
}

// Reach says how far a revocation has come among all servers: the nodes of the database, and their subscribers.
type Reach struct {
	Applied  int       `json:"applied"`
	Servers  int       `json:"servers"`
	Laggards []Laggard `json:"laggards"` // a few of those that are behind
}

// Complete reports whether nobody is behind.
func (r Reach) Complete() bool { return r.Applied == r.Servers }

// Await asks all nodes, and returns what they have told as soon as nobody is behind, and after d in any case. What the caller committed
// before is what they are asked about. Nodes that do not answer are behind, and so are the subscribers that they last told of.
func Await(ctx context.Context, board Board, d time.Duration, now func() time.Time) (Reach, error) {
	over := time.NewTimer(d)
	defer over.Stop()
	asked := now()
	q, err := board.Ask(ctx, asked, asked.Add(d+presentEvery))
	if err != nil {
		return Reach{}, fmt.Errorf("ask who has applied it: %w", err)
	}
	for {
		reports, err := board.Reports(ctx, asked.Add(-presentFor))
		if err != nil {
			return Reach{}, fmt.Errorf("read answers: %w", err)
		}
		reach := reachOf(reports, q)
		if reach.Complete() {
			return reach, nil
		}
		select {
		case <-ctx.Done():
			return reach, ctx.Err()
		case <-over.C:
			return reach, nil
		case <-time.After(lookEvery):
		}
	}
}

func reachOf(reports []Report, question int64) Reach {
	reach := Reach{Laggards: []Laggard{}}
	for _, r := range reports {
		reach.Servers += 1 + r.Standing.Subscribers
		if r.Answers < question {
			reach.Laggards = append(reach.Laggards, Laggard{r.Name, r.Answers})
			continue
		}
		reach.Applied += 1 + r.Standing.Applied
		reach.Laggards = append(reach.Laggards, r.Standing.Laggards...)
	}
	reach.Laggards = furthest(reach.Laggards)
	return reach
}

// Present lists by name, once each, the nodes that have told lately that they are there. One that was killed is among them until it has been silent
// for 150 seconds.
func Present(ctx context.Context, board Board, now time.Time) ([]string, error) {
	reports, err := board.Reports(ctx, now.Add(-presentFor))
	if err != nil {
		return nil, fmt.Errorf("read who is there: %w", err)
	}
	var names []string
	for _, r := range reports {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// furthest keeps a few of those that are behind, furthest first.
func furthest(all []Laggard) []Laggard {
	slices.SortFunc(all, func(a, b Laggard) int { return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Name, b.Name)) })
	return all[:min(len(all), maxLaggards)]
}

// asked is told of a question by the set.
func (h *Hub) asked(q question) {
	h.mu.Lock()
	h.question = q
	h.mu.Unlock()
	signal(h.turn)
}

// Answer tells on the board that this node is there, and answers whoever asks, until ctx ends.
func (h *Hub) Answer(ctx context.Context) error {
	present := time.NewTicker(presentEvery)
	defer present.Stop()
	var told Report
	for {
		r, changed := h.report()
		if told.Node == "" || !r.says(told) {
			if err := h.o.Board.Tell(ctx, r); err != nil {
				h.o.Logger.WarnContext(ctx, "nobody was told how far revocations have come", slog.Any("error", err))
			}
			told = r
		}
		select {
		case <-ctx.Done():
			return h.retire(ctx)
		case <-present.C:
			told = Report{}
		case <-h.turn:
		case <-changed:
			pause(ctx, answerEvery)
		}
	}
}

func (r Report) says(told Report) bool {
	return r.Answers == told.Answers && r.Standing.Applied == told.Standing.Applied && r.Standing.Subscribers == told.Standing.Subscribers
}

// report is what there is to tell now. changed is nil when nobody waits for more.
func (h *Hub) report() (r Report, changed <-chan struct{}) {
	h.mu.Lock()
	q := h.question
	h.mu.Unlock()
	standing, changed := h.standing(q.target)
	now := h.o.Now()
	if standing.Applied == standing.Subscribers || !now.Before(q.until) {
		changed = nil
	}
	return Report{Node: h.feed, Name: h.o.Name, At: now, Answers: q.seq, Standing: standing}, changed
}

// retire is called when ctx has ended.
func (h *Hub) retire(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveWithin)
	defer cancel()
	return h.o.Board.Retire(ctx, h.feed)
}
