package main

import (
	"fmt"
	"sync"
	"time"
)

// chain is one client's session: it always holds the newest refresh token.
type chain struct {
	*client
	refresh, access string
}

// signIn opens n sessions. Hashing bounds it, so few at a time is as fast as many.
func signIn(s *server, n, users int) ([]*chain, error) {
	chains, errs := make([]*chain, n), make([]error, n)
	var wg sync.WaitGroup
	gate := make(chan struct{}, 4)
	for i := range n {
		wg.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			chains[i], errs[i] = signInOne(s, i%users)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return chains, nil
}

func signInOne(s *server, user int) (*chain, error) {
	c, err := dial(s.addr)
	if err != nil {
		return nil, err
	}
	status, body, err := c.do("POST", "/auth/api/login", "", loginBody(user))
	if err != nil || status != 200 {
		return nil, fmt.Errorf("sign in: %d %s %w", status, body, err)
	}
	return &chain{c, member(body, "refresh_token"), member(body, "access_token")}, nil
}

func loginBody(user int) []byte {
	return fmt.Appendf(nil, `{"username":"u%d","password":"%s","keep":"storage"}`, user, password)
}

func (c *chain) rotate() error {
	status, body, err := c.do("POST", "/auth/api/refresh", "", []byte(`{"refresh_token":"`+c.refresh+`"}`))
	if err != nil || status != 200 {
		return fmt.Errorf("refresh: %d %s %w", status, body, err)
	}
	c.refresh = member(body, "refresh_token")
	return nil
}

// serveUsers starts a server with accounts in it.
func serveUsers(s settings, dir string, users int, env ...string) (*server, error) {
	if err := addUsers(s.binary, dir, users); err != nil {
		return nil, err
	}
	return start(s.binary, dir, env...)
}

func measureRefresh(s settings, dir string, r *report) error {
	srv, err := serveUsers(s, dir, 8)
	if err != nil {
		return err
	}
	defer srv.stop()
	chains, err := signIn(srv, 128, 8)
	if err != nil {
		return err
	}
	for _, n := range []int{1, 16, 128} {
		if _, err := drive(srv, n, time.Second, 0, func(i int) error { return chains[i].rotate() }); err != nil {
			return err
		}
		l, err := drive(srv, n, s.seconds, 0, func(i int) error { return chains[i].rotate() })
		if err != nil {
			return err
		}
		bare, err := measureBare(s, n)
		if err != nil {
			return err
		}
		r.refresh = append(r.refresh, refreshRow{n, l, bare})
	}
	r.memoryLoaded = srv.memory()
	return nil
}

// measureReads asks who the bearer is, and for the key set.
func measureReads(s settings, dir string, r *report) error {
	srv, err := serveUsers(s, dir, 4)
	if err != nil {
		return err
	}
	defer srv.stop()
	chains, err := signIn(srv, 16, 4)
	if err != nil {
		return err
	}
	for _, path := range []string{"/healthz", "/auth/api/me", "/.well-known/jwks.json"} {
		l, err := drive(srv, 16, s.seconds, 0, func(i int) error {
			status, body, err := chains[i].do("GET", path, chains[i].access, nil)
			if err != nil || status != 200 {
				return fmt.Errorf("%s: %d %s %w", path, status, body, err)
			}
			return nil
		})
		if err != nil {
			return err
		}
		r.reads = append(r.reads, readRow{path, l})
	}
	return nil
}
