package lingpai

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/lingpai/lingpai/internal/revoked"
)

const (
	// maxParts bounds a snapshot: about two million revocations.
	maxParts = 4096
	// remembered is how many of the last events are compared with a duplicate.
	remembered = 64
)

// chain puts the messages of a feed together: first a snapshot, in parts, then events, each of which says what it follows. What does not
// follow is an error, after which the chain must begin anew. Messages come with their signature verified.
type chain struct {
	feed string // names the numbering, "" before a snapshot
	seq  int64  // everything up to here is known

	parts []*revoked.Message // of the snapshot that is arriving
	sums  [remembered]sum    // of the last events
	next  int                // place in sums
}

// sum tells events of one number apart.
type sum struct {
	seq  int64
	hash [sha256.Size]byte
}

// link is what a message adds.
type link struct {
	entries  []revoked.Entry
	key      *revoked.Key // of a snapshot that is whole, the key of its fingerprints
	upToDate bool         // the message is a beat, and nothing is missing before it
}

// add takes the next message and returns what it adds.
func (c *chain) add(m *revoked.Message, text string) (link, error) {
	switch {
	case m.Kind == revoked.Snapshot:
		return c.snapshot(m)
	case c.parts != nil:
		return link{}, errors.New("a snapshot broke off")
	case c.feed == "":
		return link{}, errors.New("the feed does not begin with a snapshot")
	case m.Feed != c.feed:
		return link{}, errors.New("a message of another numbering")
	case m.Kind == revoked.Beat:
		return c.beat(m)
	}
	return c.events(m, sha256.Sum256([]byte(text)))
}

func (c *chain) snapshot(m *revoked.Message) (link, error) {
	if m.Parts > maxParts {
		return link{}, fmt.Errorf("a snapshot of %d parts, more than %d", m.Parts, maxParts)
	}
	if m.Part != len(c.parts)+1 || !c.continues(m) {
		return link{}, fmt.Errorf("part %d of a snapshot where part %d was expected", m.Part, len(c.parts)+1)
	}
	c.parts = append(c.parts, m)
	if m.Part < m.Parts {
		return link{}, nil
	}
	whole := link{key: m.Key}
	for _, part := range c.parts {
		whole.entries = append(whole.entries, part.Entries...)
	}
	*c = chain{feed: m.Feed, seq: m.Seq}
	return whole, nil
}

// continues reports whether a part belongs to those that came before it.
func (c *chain) continues(m *revoked.Message) bool {
	if len(c.parts) == 0 {
		return true
	}
	first := c.parts[0]
	return m.Feed == first.Feed && m.Seq == first.Seq && m.Parts == first.Parts && *m.Key == *first.Key
}

func (c *chain) beat(m *revoked.Message) (link, error) {
	if m.Seq > c.seq {
		return link{}, fmt.Errorf("revocations %d to %d are missing", c.seq+1, m.Seq)
	}
	return link{upToDate: true}, nil // Whoever knows more than the beat has missed nothing either.
}

// events takes what is new. What is known already adds nothing that was not there, or what was missed: a set has no order.
func (c *chain) events(m *revoked.Message, hash [sha256.Size]byte) (link, error) {
	if m.Prev > c.seq {
		return link{}, fmt.Errorf("revocations %d to %d are missing", c.seq+1, m.Prev)
	}
	for _, s := range c.sums {
		if s.seq == m.Seq && s.hash != hash {
			return link{}, fmt.Errorf("number %d came twice, with other content", m.Seq)
		}
	}
	if m.Seq > c.seq {
		c.seq = m.Seq
		c.sums[c.next] = sum{m.Seq, hash}
		c.next = (c.next + 1) % remembered
	}
	return link{entries: m.Entries}, nil
}
