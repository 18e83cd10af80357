package authn

import (
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// maxAtOnce is how many tries for one account may be under way at once. A right password costs its sender nothing, so without this
// whoever has an account could fill the line for hashing, and keep everybody else out.
const maxAtOnce = 8

// crowd counts the tries that are under way.
type crowd struct {
	mu     sync.Mutex // guards inside
	inside map[party]int
}

// party is who tries. Known devices are counted apart, so that strangers are not in the way of an account's owner.
type party struct {
	login string
	known bool
}

// enter lets one more try in, or refuses it with too_busy. After it returned nil, leave must be called once.
func (c *crowd) enter(p party) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside[p] >= maxAtOnce {
		return fault.Refuse(fault.TooBusy, time.Second)
	}
	if c.inside == nil {
		c.inside = map[party]int{}
	}
	c.inside[p]++
	return nil
}

func (c *crowd) leave(p party) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inside[p]--; c.inside[p] == 0 {
		delete(c.inside, p)
	}
}
