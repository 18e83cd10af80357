package racetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// cell is the storage that the tabs of one browser share.
type cell struct {
	mu   sync.Mutex
	held pair
}

func (c *cell) read() pair {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held
}

// replace stores a successor, provided that what it succeeds is still there: a late answer must not undo what another tab has stored.
func (c *cell) replace(presented, successor pair) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != presented {
		return false
	}
	c.held = successor
	return true
}

// browser is an honest client: it reads its storage before each refresh, tries again when no answer comes, stores, then confirms.
type browser struct {
	*testing.T
	name     string
	net      *line
	seed     [2]uint64
	confirms bool
	tabs     int
	spells   int // how many times its access token expires
	cell     cell
	session  string

	// theft is what a thief does to it, if anything.
	theft *theft

	mu       sync.Mutex // guards spurious
	spurious []string   // sign-outs for which there was no reason
}

// theft is a token copied at the begin of one spell and used at the begin of a later one, or long after the last.
type theft struct {
	steal, use int
	struck     atomic.Bool
	stolen     pair
	caught     reply
}

// live lets the access token expire again and again; each time all tabs find out at once.
func (b *browser) live(ctx context.Context) {
	for spell := range b.spells {
		if b.theft != nil && b.theft.steal == spell {
			b.theft.stolen = b.cell.read()
		}
		expired := b.cell.read()
		var tabs sync.WaitGroup
		for tab := range b.tabs {
			rnd := rand.New(rand.NewPCG(b.seed[0], b.seed[1]<<32|uint64(spell)<<16|uint64(tab)))
			tabs.Go(func() { b.refresh(ctx, rnd, expired) })
		}
		if b.theft != nil && b.theft.use == spell {
			tabs.Go(func() { b.theft.strike(ctx, b.net) })
		}
		tabs.Wait()
		// What is still under way arrives before the next token has expired as well, which takes minutes in life.
		b.net.stray.Wait()
		if pause(ctx, b.net.patient()) != nil {
			return
		}
	}
}

// patience is how long a client goes on asking before the test gives up on the servers.
const patience = time.Minute

// refresh is one tab that holds an expired access token.
func (b *browser) refresh(ctx context.Context, rnd *rand.Rand, expired pair) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for held := expired; held == expired; held = b.cell.read() { // Else another tab was quicker.
		r, err := b.net.deliver(ctx, refreshOf(held), b.net.fate(rnd))
		switch {
		case err != nil, unproven(r.code):
			if pause(ctx, time.Duration(5+rnd.IntN(25))*time.Millisecond) != nil {
				b.signedOut("refresh", held, "no answer")
				return
			}
		case r.code != "":
			b.signedOut("refresh", held, r.code)
			return
		default:
			if b.cell.replace(held, r.pair) && b.confirms {
				b.confirm(ctx, rnd, r.pair, b.net.fate(rnd))
			}
			return
		}
	}
}

// confirm tells the server that the tokens are stored: in so many words, or by using them.
func (b *browser) confirm(ctx context.Context, rnd *rand.Rand, held pair, f fate) {
	m := confirmOf(held)
	if rnd.IntN(2) == 0 {
		m = useOf(held)
	}
	if r, err := b.net.deliver(ctx, m, f); err == nil && r.code != "" && !unproven(r.code) {
		b.signedOut(string(m.kind), held, r.code)
	}
}

// signedOut notes that the browser was sent to the login page, which is spurious unless a thief has been there.
func (b *browser) signedOut(by string, held pair, code string) {
	if b.theft != nil && b.theft.struck.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	_, number := readRefreshToken(held.refresh)
	b.spurious = append(b.spurious, fmt.Sprintf("%s: %s of number %d: %s", b.name, by, number, code))
}

// settle ends the last spell: the browser is online, and confirms what it holds.
func (b *browser) settle(ctx context.Context, rnd *rand.Rand) {
	if b.confirms {
		b.insist(ctx, confirmOf(b.cell.read()), b.net.calm(rnd))
	}
}

func (b *browser) insist(ctx context.Context, m message, f fate) reply {
	return insist(ctx, b.net, m, f)
}

// insist sends a message until there is an answer.
func insist(ctx context.Context, net *line, m message, f fate) reply {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		r, err := net.deliver(ctx, m, f)
		if err == nil && (net.key == nil || !unproven(r.code)) {
			return r
		}
		if pause(ctx, 10*time.Millisecond) != nil {
			return reply{code: "no answer"}
		}
	}
}

// strike uses the stolen token.
func (t *theft) strike(ctx context.Context, net *line) {
	t.struck.Store(true)
	t.caught = insist(ctx, net, refreshOf(t.stolen), fate{})
}

// signIn starts the session that the browser lives with.
func (b *browser) signIn(ctx context.Context) {
	b.Helper()
	r, err := signIn(ctx, b.net, b.confirms)
	if unproven(r.code) { // It had no nonce.
		b.net.key.told(r.nonce)
		r, err = signIn(ctx, b.net, b.confirms)
	}
	if err != nil || r.code != "" {
		b.Fatalf("%s: sign in: %s, %v", b.name, r.code, err)
	}
	b.cell.held = r.pair
	b.session, _ = readRefreshToken(r.refresh)
}

func signIn(ctx context.Context, net *line, confirms bool) (reply, error) {
	return call(ctx, net.client, net.servers[0].address, "POST", "/auth/api/login", "", net.key.prove("POST", "/auth/api/login", ""), map[string]any{
		"username": username, "password": passcode, "keep": "storage", "confirms": confirms,
	})
}
