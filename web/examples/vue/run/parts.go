package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// account is somebody who may sign in.
type account struct{ username, name, role, password, is string }

var accounts = []account{
	{"alice", "Alice Zhang", "admin", "nine notes about the sea", "an administrator"},
	{"bob", "Bob Okafor", "", "bread and salt at seven", "a user"},
}

func (a account) add(ctx context.Context, lingpai, folder string) error {
	args := []string{"user", "add", a.username, "--name", a.name, "--password-stdin", "--data", folder}
	if a.role != "" {
		args = append(args, "--role", a.role)
	}
	cmd := exec.CommandContext(ctx, lingpai, args...) //nolint:gosec // whoever runs this chooses the programs
	cmd.Stdin = strings.NewReader(a.password)
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("add %s: %w: %s", a.username, err, said)
	}
	return nil
}

// parts are the programs behind the one address.
type parts struct {
	login, api, vite string // host:port; vite is "" where the built app is served
	commands         []func(context.Context) *exec.Cmd
}

// newParts plans the programs. front is where this one listens, which the gateway sends for the pages of the app.
func newParts(ctx context.Context, s settings, origin, front, folder string) (*parts, error) {
	p := new(parts)
	for _, address := range []*string{&p.login, &p.api, &p.vite} {
		var err error
		if *address, err = freeAddress(ctx); err != nil {
			return nil, err
		}
	}
	args, proxies := []string{"serve", "--data", folder}, "127.0.0.1"
	if s.gateway {
		p.login = strings.TrimPrefix(origin, "http://")
		file, err := p.writeRoutes(front, folder)
		if err != nil {
			return nil, err
		}
		args, proxies = append(args, "--config", file), ""
	}
	args = append(args, "--listen", p.login)
	p.commands = append(p.commands, func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, s.lingpai, args...) //nolint:gosec // as above
		cmd.Env = append(os.Environ(), "LINGPAI_ISSUER="+origin, "LINGPAI_NAME=Notes", "LINGPAI_TOKEN_LIFETIME="+s.lifetime.String(),
			"LINGPAI_TRUSTED_PROXIES="+proxies, "LINGPAI_LOG_LEVEL=warn")
		return cmd
	}, func(ctx context.Context) *exec.Cmd {
		return exec.CommandContext(ctx, s.api, "-listen", p.api, "-issuer", origin) //nolint:gosec // as above
	})
	if s.dev {
		p.commands = append(p.commands, func(ctx context.Context) *exec.Cmd {
			_, port, _ := net.SplitHostPort(p.vite)
			vite := filepath.Join("..", "..", "node_modules", ".bin", "vite")                            // seen from the app
			cmd := exec.CommandContext(ctx, vite, "--host", "127.0.0.1", "--port", port, "--strictPort") //nolint:gosec // as above
			cmd.Dir = s.app
			return cmd
		})
		return p, nil
	}
	p.vite = ""
	if _, err := os.Stat(filepath.Join(s.app, "dist", "index.html")); err != nil {
		return nil, fmt.Errorf("the app is not built (npm run build -w @lingpai/example-vue): %w", err)
	}
	return p, nil
}

// routes are what the gateway is told: the API gets the token that no page holds, and the pages are for everybody, for one of them is where
// people sign in.
const routes = `gateway:
  routes:
    - {match: /api/**, upstream: "http://%s", token: true}
    - {match: /**, upstream: "http://%s", public: true}
`

// writeRoutes leaves the configuration of the gateway in a folder, and returns its file.
func (p *parts) writeRoutes(front, folder string) (file string, err error) {
	file = filepath.Join(folder, "lingpai.yaml")
	return file, os.WriteFile(file, fmt.Appendf(nil, routes, p.api, front), 0o600)
}

// freeAddress finds a port that nobody uses now.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs the programs until the context ends. One that stops before calls stop. The group is done when all have ended.
func (p *parts) start(ctx context.Context, stop context.CancelCauseFunc) *sync.WaitGroup {
	ended := new(sync.WaitGroup)
	for _, command := range p.commands {
		cmd := command(ctx)
		cmd.Stderr = os.Stderr
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = 5 * time.Second
		ended.Go(func() {
			err := cmd.Run()
			stop(fmt.Errorf("%s has ended: %v", filepath.Base(cmd.Path), err)) //nolint:errorlint // an error or none
		})
	}
	return ended
}

// wait returns when all parts answer.
func (p *parts) wait(ctx context.Context) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	addresses := []string{"http://" + p.login + "/readyz", "http://" + p.api + "/api/notes"}
	if p.vite != "" {
		addresses = append(addresses, "http://"+p.vite+"/")
	}
	for _, address := range addresses {
		for !answers(ctx, address) {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-tick.C:
			}
		}
	}
	return nil
}

func answers(ctx context.Context, address string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	said, err := (&http.Client{Timeout: 5 * time.Second}).Do(r)
	if err != nil {
		return false
	}
	_ = said.Body.Close()
	return said.StatusCode < 500
}
