package racetest

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
)

// program is a client on a network without faults: its requests get lost only because the server dies.
type program struct {
	*testing.T
	*line
	held    pair   // of the last answer
	answers []pair // of all its sign-ins
	rotated int
}

// TestKilledServerLosesNothingThatItAnswered kills a server under load, again and again, and asks it afterwards for everything that it
// had said: whoever was told of a sign-in is signed in, and whoever was told of a rotation holds a token that is good.
func TestKilledServerLosesNothingThatItAnswered(t *testing.T) {
	const kills = 4
	rnd := rand.New(rand.NewPCG(seedOf(t), 0))
	net := newNetwork(newPlace(t, "").serve(1))
	rotating, comingIn := programs(t, net, 12), programs(t, net, 2)
	for _, p := range rotating {
		p.signIn()
	}
	for range kills {
		ctx, stop := context.WithCancel(t.Context())
		var rotations, signIns sync.WaitGroup
		for _, p := range rotating {
			rotations.Go(func() { p.rotate(ctx) })
		}
		for _, p := range comingIn {
			signIns.Go(func() { p.keepSigningIn(ctx) })
		}
		select {
		case <-net.history.after(400 + rnd.IntN(400)):
			net.servers[0].kill()
		case <-ended(&rotations): // which they do not before the server dies
			t.Error("all clients were refused")
		}
		stop()
		rotations.Wait()
		signIns.Wait()
		for _, p := range rotating {
			p.isGood(p.held)
		}
	}
	rotations, signIns := 0, 0
	for _, p := range rotating {
		rotations += p.rotated
	}
	for _, p := range comingIn {
		for _, held := range p.answers {
			p.isGood(held)
		}
		signIns += len(p.answers)
	}
	if signIns == 0 {
		t.Error("nobody signed in under load")
	}
	if !t.Failed() {
		t.Logf("%d kills; %d rotations and %d sign-ins were answered under load, and none was lost", kills, rotations, signIns)
	}
}

func programs(t *testing.T, net *network, n int) []*program {
	all := make([]*program, n)
	for i := range all {
		all[i] = &program{T: t, line: &line{network: net}}
	}
	return all
}

func (p *program) signIn() {
	p.Helper()
	r, err := signIn(p.Context(), p.line, true)
	if err != nil || r.code != "" {
		p.Fatalf("sign in: %s, %v", r.code, err)
	}
	p.held = r.pair
}

// rotate refreshes until the server dies.
func (p *program) rotate(ctx context.Context) {
	for {
		r, err := p.exchange(ctx, refreshOf(p.held), fate{})
		if err != nil {
			return
		}
		if r.code != "" {
			p.Errorf("refused while rotating: %s", r.code)
			return
		}
		p.held = r.pair
		p.rotated++
	}
}

// keepSigningIn starts one session after the other until the server dies.
func (p *program) keepSigningIn(ctx context.Context) {
	for {
		r, err := signIn(ctx, p.line, true)
		if err != nil {
			return
		}
		if r.code != "" {
			p.Errorf("refused while signing in: %s", r.code)
			return
		}
		p.answers = append(p.answers, r.pair)
	}
}

// isGood holds that both tokens of an answer are what they were when they were given. A rotation that the server lost would leave the
// refresh token a number ahead of its session, which looks like reuse.
func (p *program) isGood(held pair) {
	p.Helper()
	_, number := readRefreshToken(held.refresh)
	if r := insist(p.Context(), p.line, useOf(held), fate{}); r.code != "" {
		p.Errorf("the access token that came with number %d is refused: %s", number, r.code)
	}
	r := insist(p.Context(), p.line, refreshOf(held), fate{})
	if _, successor := readRefreshToken(r.refresh); r.code != "" || successor != number+1 {
		p.Errorf("number %d gave number %d, %s: an answered rotation was lost", number, successor, r.code)
		return
	}
	p.held = r.pair
}

func TestServersThatStartTogetherOnAnEmptyFolderAgree(t *testing.T) {
	p := emptyPlace(t, "")
	net := newNetwork(p.serve(3))
	p.addUser()
	one := &program{T: t, line: &line{network: net}}
	one.signIn()
	for i := range net.servers {
		if r := insist(t.Context(), one.line, useOf(one.held), fate{server: i}); r.code != "" {
			t.Errorf("server %d refuses an access token of server 0: %s", i, r.code)
		}
		r := insist(t.Context(), one.line, refreshOf(one.held), fate{server: i})
		if r.code != "" {
			t.Fatalf("server %d refuses a refresh token: %s", i, r.code)
		}
		one.held = r.pair
	}
}
