package main

import (
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

// generous lifts the limits on guessing, which are not what is measured here.
var generous = []string{"LINGPAI_THROTTLE_ADDRESS_BURST=1000", "LINGPAI_THROTTLE_ACCOUNT_BURST=100", "LINGPAI_THROTTLE_SUSTAINED_BURST=1000"}

const stormUsers = 16

// bareHashes is how many Argon2id hashes with the server's default cost this machine makes in a second, doing nothing else.
func bareHashes(d time.Duration) float64 {
	var n atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range runtime.NumCPU() {
		wg.Go(func() {
			for time.Since(began) < d {
				argon2.IDKey([]byte(password), []byte("0123456789abcdef"), 2, 19456, 1, 32)
				n.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(n.Load()) / time.Since(began).Seconds()
}

// stormer signs in again and again on one connection.
type stormer struct {
	*client
	user int
}

func newStorm(s *server, n int) ([]*stormer, error) {
	out := make([]*stormer, n)
	for i := range n {
		c, err := dial(s.addr)
		if err != nil {
			return nil, err
		}
		out[i] = &stormer{c, i % stormUsers}
	}
	return out, nil
}

// login counts 503 as an answer: under a storm that is what the server is meant to say.
func (c *stormer) login() (ok bool, err error) {
	status, body, err := c.do("POST", "/auth/api/login", "", loginBody(c.user))
	if err != nil || status != 200 && status != 503 {
		return false, fmt.Errorf("sign in: %d %s %w", status, body, err)
	}
	return status == 200, nil
}

func measureLogins(s settings, dir string, r *report) error {
	srv, err := serveUsers(s, dir, stormUsers, generous...)
	if err != nil {
		return err
	}
	defer srv.stop()
	idle := srv.memory()
	var ratios []float64
	for range 3 { // in turn, so that drift of the machine hits both
		r.bare = bareHashes(s.seconds)
		clients, err := newStorm(srv, 16) // only now: the server closes a connection that says nothing
		if err != nil {
			return err
		}
		l, err := drive(srv, len(clients), s.seconds, 0, func(i int) error { _, err := clients[i].login(); return err })
		if err != nil {
			return err
		}
		r.logins = l
		ratios = append(ratios, l.rate()/r.bare)
	}
	r.loginRatios = ratios
	r.loginMemory, r.loginIdle = srv.peak(), idle
	r.hashes, err = compareHashes()
	return err
}

// compareHashes runs the benchmark of the main module that computes our Argon2id and the library's in turn, and returns its figures by their units.
func compareHashes() (map[string]float64, error) {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkKey$/^in_turn$", "-benchtime", "50x", "./internal/argon2id")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	figures := map[string]float64{}
	fields := strings.Fields(string(out))
	for i, unit := range fields[1:] {
		if value, err := strconv.ParseFloat(fields[i], 64); err == nil && (strings.HasSuffix(unit, "-ms") || unit == "faster") {
			figures[unit] = value
		}
	}
	if figures["faster"] == 0 {
		return nil, fmt.Errorf("no figures in:\n%s", out)
	}
	return figures, nil
}

// measureStorm compares refresh at a steady pace without and with many clients signing in as fast as they can.
func measureStorm(s settings, dir string, r *report) error {
	srv, err := serveUsers(s, dir, stormUsers, generous...)
	if err != nil {
		return err
	}
	defer srv.stop()
	chains, err := signIn(srv, 16, stormUsers)
	if err != nil {
		return err
	}
	rotate := func(i int) error { return chains[i].rotate() }
	const pace = 40 * time.Millisecond // 16 clients: 400 a second
	if r.calm, err = drive(srv, len(chains), 2*s.seconds, pace, rotate); err != nil {
		return err
	}
	storm, err := newStorm(srv, 64)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var stormErr error
	wg.Go(func() {
		_, stormErr = drive(srv, len(storm), 2*s.seconds+time.Second, 0, func(i int) error { _, err := storm[i].login(); return err })
	})
	time.Sleep(500 * time.Millisecond) // let the storm gather
	if r.stormy, err = drive(srv, len(chains), 2*s.seconds, pace, rotate); err != nil {
		return err
	}
	wg.Wait()
	return stormErr
}
