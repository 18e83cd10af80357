package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// proxyRow is one proxy before one backend.
type proxyRow struct {
	name, kind string
	loads      []load // one a round
}

// body sizes of the backend's answers, by path.
var proxied = []struct {
	name, path string
	size       int
}{{"1 kB", "/small", 1 << 10}, {"64 kB", "/large", 64 << 10}}

// measureProxy puts three proxies before the same backend, in turn: `lingpai dev` with one `proxy:` route, Caddy's reverse_proxy, and
// http-proxy-middleware with connections that are kept. The backend is part of the program that makes the load, for all three alike.
func measureProxy(s settings, dir string, r *report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	mux := http.NewServeMux()
	for _, p := range proxied {
		body := bytes.Repeat([]byte("x"), p.size)
		mux.HandleFunc(p.path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
			_, _ = w.Write(body)
		})
	}
	go func() { _ = http.Serve(l, mux) }() // ends with the listener
	dir, err = filepath.Abs(dir)
	if err != nil {
		return err
	}
	var subjects []*proxySubject
	for _, p := range []struct {
		name  string
		start func(binary, dir, backend string) (*server, error)
	}{{"`lingpai dev`", startDevProxy}, {"Caddy", startCaddyForAnyName}, {"http-proxy-middleware", startMiddleware}} {
		srv, err := p.start(s.binary, dir, "http://"+l.Addr().String())
		if errors.Is(err, exec.ErrNotFound) {
			fmt.Fprintln(os.Stderr, "not measured:", p.name, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		defer func() { _ = srv.cmd.Process.Signal(syscall.SIGTERM); _ = srv.cmd.Wait() }()
		subjects = append(subjects, &proxySubject{p.name, srv})
	}
	for _, kind := range proxied {
		rows := make([]proxyRow, len(subjects))
		for range rounds {
			for i, sub := range subjects {
				l, err := sub.measure(kind.path, kind.size, s.seconds/rounds*2)
				if err != nil {
					return fmt.Errorf("%s: %w", sub.name, err)
				}
				rows[i] = proxyRow{sub.name, kind.name, append(rows[i].loads, l)}
			}
		}
		r.proxies = append(r.proxies, rows...)
	}
	return nil
}

// proxySubject is a proxy that runs.
type proxySubject struct {
	name string
	at   *server
}

func (p *proxySubject) measure(path string, size int, d time.Duration) (load, error) {
	const n = 16
	clients, err := dialAll(p.at.addr, n)
	if err != nil {
		return load{}, err
	}
	defer closeAll(clients)
	return drive(p.at, n, d, 0, func(i int) error {
		status, body, err := clients[i].do("GET", path, "", nil)
		if err == nil && (status != http.StatusOK || len(body) != size) {
			err = fmt.Errorf("status %d, %d bytes", status, len(body))
		}
		return err
	})
}

func startDevProxy(binary, dir, backend string) (*server, error) {
	file := filepath.Join(dir, "lingpai.dev.yaml")
	if err := os.WriteFile(file, []byte("routes:\n  - { match: \"/**\", proxy: \""+backend+"\" }\n"), 0o644); err != nil {
		return nil, err
	}
	s := &server{cmd: exec.Command(binary, "dev", "--listen", "127.0.0.1:0", "--routes", file)}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("it said no address: %w", err)
		}
		if _, port, ok := strings.Cut(strings.TrimSpace(line), "http://localhost:"); ok {
			s.addr = "127.0.0.1:" + port
			go func() { _, _ = io.Copy(io.Discard, lines) }() // until the process ends
			return s, nil
		}
	}
}

// startCaddyForAnyName takes requests under whatever name, because the load asks for localhost.
func startCaddyForAnyName(_, dir, backend string) (*server, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	file := filepath.Join(dir, "Caddyfile")
	text := "{\n\tadmin off\n\tauto_https off\n}\n:" + port + " {\n\tbind 127.0.0.1\n\treverse_proxy " + strings.TrimPrefix(backend, "http://") + "\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command("caddy", "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	return startAt(addr, cmd)
}

func startMiddleware(_, dir, backend string) (*server, error) {
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "http-proxy-middleware@3")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm install: %w: %s", err, out)
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	text := `const http = require("http"), { createProxyMiddleware } = require("http-proxy-middleware");
const proxy = createProxyMiddleware({ target: "` + backend + `", agent: new http.Agent({ keepAlive: true }) });
http.createServer((req, res) => proxy(req, res, () => res.end())).listen(` + port + `, "127.0.0.1");
`
	if err := os.WriteFile(filepath.Join(dir, "proxy.js"), []byte(text), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command("node", "proxy.js")
	cmd.Dir = dir
	return startAt(addr, cmd)
}

func (r *report) printProxies(w io.Writer) {
	if len(r.proxies) == 0 {
		return
	}
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("\n## A proxy before a backend, 16 clients\n")
	p("All take turns, %d times, before the same backend; the figures are medians. `lingpai dev` looks for the route, mends cookies and redirects, keeps what it shows of the last 500 exchanges, and prints a line for each request.\n", rounds)
	p("| answer | proxy | requests/s | beside Caddy | CPU | p50 | p99 | p99 beside Caddy |\n|---|---|---|---|---|---|---|---|")
	for _, kind := range proxied {
		var caddy *proxyRow
		for i := range r.proxies {
			if r.proxies[i].kind == kind.name && r.proxies[i].name == "Caddy" {
				caddy = &r.proxies[i]
			}
		}
		for _, row := range r.proxies {
			if row.kind == kind.name {
				row.print(w, caddy)
			}
		}
	}
}

// print writes a line, with what the rounds gave beside Caddy's in the same round.
func (row proxyRow) print(w io.Writer, caddy *proxyRow) {
	of := func(quantile float64) func(load) float64 {
		return func(l load) float64 { return float64(l.quantile(quantile)) }
	}
	rate, tail := "", ""
	if caddy != nil {
		beside := besideOf(row.loads, caddy.loads, load.rate)
		rate = fmt.Sprintf("%.2f x", beside)
		if row.name == "`lingpai dev`" {
			rate += " (" + goal(beside >= 1, ">= 1") + ")"
		}
		tail = fmt.Sprintf("%.2f x", besideOf(row.loads, caddy.loads, of(.99)))
	}
	cpu := median(row.loads, func(l load) float64 { return float64(l.perOp()) })
	fmt.Fprintf(w, "| %s | %s | %.0f | %s | %s | %s | %s | %s |\n", row.kind, row.name, median(row.loads, load.rate), rate, us(time.Duration(cpu)),
		ms(time.Duration(median(row.loads, of(.5)))), ms(time.Duration(median(row.loads, of(.99)))), tail)
}
