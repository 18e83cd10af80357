package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
)

// notHere says that a rival cannot be measured on this machine, and why.
type notHere struct{ why string }

func (e notHere) Error() string { return e.why }

// startRivals starts those that can be had here, and says why the others cannot. Whom it started it returns with an error too.
func startRivals() (rivals []*provider, missing []string, err error) {
	for _, r := range []struct {
		name  string
		start func() (*provider, error)
	}{{"oidc-provider", startNodeProvider}, {"zitadel/oidc", startZitadel}} {
		p, err := r.start()
		if not := (notHere{}); errors.As(err, &not) {
			missing = append(missing, r.name+": "+not.why)
			continue
		}
		if err != nil {
			return rivals, missing, fmt.Errorf("%s: %w", r.name, err)
		}
		rivals = append(rivals, p)
	}
	return rivals, missing, nil
}

// startNodeProvider installs npm's oidc-provider as its lockfile says, and runs it.
func startNodeProvider() (*provider, error) {
	const dir = "rivals/oidc-provider"
	version, err := exec.Command("node", "--version").Output()
	if err != nil {
		return nil, notHere{"node: " + err.Error()}
	}
	install := exec.Command("npm", "ci", "--prefer-offline", "--fetch-retries=1", "--no-audit", "--no-fund", "--loglevel=error")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		return nil, notHere{fmt.Sprintf("npm ci: %v: %s", err, bytes.TrimSpace(out))}
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(addr, ":")
	cmd := exec.Command("node", "server.js", port, rivalSecret)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "NODE_ENV=production")
	srv, err := startAt(addr, cmd)
	if err != nil {
		return nil, err
	}
	return &provider{
		name: "oidc-provider " + nodeProviderVersion(dir) + ", in memory, Node " + strings.TrimSpace(strings.TrimPrefix(string(version), "v")), server: srv,
		authorize: "/auth", token: "/token", introspect: "/token/introspection", introspected: "&resource=urn:api:opaque",
		service: known{"service", rivalSecret}, app: known{"app", rivalSecret}, signIn: signedInByItself,
	}, nil
}

func nodeProviderVersion(dir string) string {
	b, err := os.ReadFile(dir + "/node_modules/oidc-provider/package.json")
	if err != nil {
		return ""
	}
	_, rest, _ := bytes.Cut(b, []byte(`"version": "`))
	version, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(version)
}

// startZitadel runs this program as zitadel/oidc's provider.
func startZitadel() (*provider, error) {
	srv, err := startSelf("-serve-zitadel")
	if err != nil {
		return nil, err
	}
	return &provider{
		name: "zitadel/oidc " + zitadelVersion() + ", in memory", server: srv, authorize: "/authorize", token: "/oauth/token", introspect: "/oauth/introspect",
		service: known{"service", rivalSecret}, app: known{"app", rivalSecret}, signIn: signedInByItself,
	}, nil
}

func zitadelVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/zitadel/oidc/v3" {
				return strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return ""
}

// signedInByItself is of the rivals, which ask nobody for a password: the first authorization signs in, if there is a session at all.
func signedInByItself(*client, int) error { return nil }
