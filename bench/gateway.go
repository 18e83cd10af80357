package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// rounds is how often the subjects take turns, so that what else the machine does meets all alike.
const rounds = 5

// gatewayRow is one subject: a handler or proxy that stands alone, or ours.
type gatewayRow struct {
	name   string
	loads  []load        // one a round
	beside string        // the name of the yardstick
	least  float64       // of the yardstick's rate that it shall reach; 0: no target
	most   time.Duration // of processor time that it shall take; 0: no target
}

// gatewayFigures is what a gateway costs.
type gatewayFigures struct {
	rows        []*gatewayRow
	crowd       load // many connections, each with a request now and then
	connections int
	memory      int64 // of the server with them
	missing     []string
}

// serveApp is the app behind the gateway, and the yardstick of a check: a bare net/http handler.
func serveApp() error {
	return serveHere(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
}

// serveReverse is the yardstick of the proxy: a bare httputil.ReverseProxy.
func serveReverse(target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	return serveHere(&httputil.ReverseProxy{
		Rewrite:   func(p *httputil.ProxyRequest) { p.SetURL(u); p.SetXForwarded() },
		Transport: &http.Transport{MaxIdleConnsPerHost: 256},
	})
}

func serveHere(h http.Handler) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, h)
}

const gatewayRoutes = `
trusted_proxies: [127.0.0.1]
gateway:
  routes:
    - {match: /admin/**, require: {roles: [admin]}}
    - {match: /**, upstream: "http://%s", concurrent: 6000}
`

// measureGateway measures checks and proxied requests beside what does the same without judging.
func measureGateway(s settings, dir string, r *report) error {
	app, err := startSelf("-serve-app")
	if err != nil {
		return err
	}
	defer app.kill()
	reverse, err := startSelf("-serve-reverse", "http://"+app.addr)
	if err != nil {
		return err
	}
	defer reverse.kill()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(dir, "lingpai.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, gatewayRoutes, app.addr), 0o600); err != nil {
		return err
	}
	data := filepath.Join(dir, "data")
	if err := addUsers(s.binary, data, 1); err != nil {
		return err
	}
	ours, err := startWith(s.binary, data, []string{"--config", file}, "LINGPAI_LIMITS_HEADER=60s", "LINGPAI_LIMITS_REQUEST=60s")
	if err != nil {
		return err
	}
	defer func() { _ = ours.stop() }()
	cookie, err := cookieOf(ours.addr)
	if err != nil {
		return err
	}
	f := &r.gateway
	check := "X-Forwarded-Method: GET\r\nX-Forwarded-Host: localhost\r\nX-Forwarded-Uri: /notes\r\nX-Forwarded-Proto: http\r\n" + cookie
	subjects := []*subject{
		{app, "/", "", &gatewayRow{name: "bare net/http handler"}},
		{app, "/auth/check", check, &gatewayRow{name: "bare net/http handler, sent what a proxy sends to a check", beside: "bare net/http handler"}},
		{ours, "/auth/check", check, &gatewayRow{name: "Lingpai: `/auth/check`, session cookie", beside: "bare net/http handler", least: .70, most: 30 * time.Microsecond}},
		{reverse, "/notes", "", &gatewayRow{name: "bare httputil.ReverseProxy"}},
		{ours, "/notes", cookie, &gatewayRow{name: "Lingpai: proxied, session cookie", beside: "bare httputil.ReverseProxy", least: .90}},
	}
	for name, begin := range map[string]func(string, string) (*server, error){"nginx": startNginx, "caddy": startCaddy} {
		p, err := begin(dir, app.addr)
		if errors.Is(err, exec.ErrNotFound) {
			f.missing = append(f.missing, name)
			continue
		}
		if err != nil {
			return err
		}
		defer p.kill()
		subjects = append(subjects, &subject{p, "/notes", "", &gatewayRow{name: name + ": proxied, without login", beside: "bare httputil.ReverseProxy"}})
	}
	for range rounds {
		for _, sub := range subjects {
			l, err := sub.measure(s.seconds / rounds * 2)
			if err != nil {
				return fmt.Errorf("%s: %w", sub.row.name, err)
			}
			sub.row.loads = append(sub.row.loads, l)
		}
	}
	for _, sub := range subjects {
		f.rows = append(f.rows, sub.row)
	}
	return f.measureCrowd(ours, cookie, s.seconds)
}

type subject struct {
	at      *server
	path    string
	headers string
	row     *gatewayRow
}

func (sub *subject) measure(d time.Duration) (load, error) {
	const n = 16
	clients, err := dialAll(sub.at.addr, n)
	if err != nil {
		return load{}, err
	}
	defer closeAll(clients)
	return drive(sub.at, n, d, 0, func(i int) error { return wellAsked(clients[i], sub.path, sub.headers) })
}

func wellAsked(c *client, path, headers string) error {
	status, body, err := c.ask(path, headers)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", path, status, body)
	}
	return err
}

func dialAll(addr string, n int) ([]*client, error) {
	clients := make([]*client, n)
	for i := range clients {
		var err error
		if clients[i], err = dial(addr); err != nil {
			closeAll(clients)
			return nil, err
		}
	}
	return clients, nil
}

func closeAll(clients []*client) {
	for _, c := range clients {
		if c != nil {
			_ = c.conn.Close()
		}
	}
}

// measureCrowd holds 5,000 connections open, each with a proxied request every five seconds, spread out.
func (f *gatewayFigures) measureCrowd(ours *server, cookie string, d time.Duration) error {
	const n, pace = 5000, 5 * time.Second
	clients, err := dialAll(ours.addr, n)
	if err != nil {
		return err
	}
	defer closeAll(clients)
	var wg sync.WaitGroup
	all, errs := make([][]time.Duration, n), make([]error, n)
	began := time.Now()
	end := began.Add(max(d, 10*time.Second))
	for i, c := range clients {
		wg.Go(func() {
			for next := began.Add(pace * time.Duration(i) / n); next.Before(end) && errs[i] == nil; next = next.Add(pace) {
				time.Sleep(time.Until(next))
				at := time.Now()
				errs[i] = wellAsked(c, "/notes", cookie)
				all[i] = append(all[i], time.Since(at))
			}
		})
	}
	wg.Wait()
	f.crowd = load{took: time.Since(began), latencies: slices.Concat(all...)}
	slices.Sort(f.crowd.latencies)
	f.connections, f.memory = n, ours.memory()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// cookieOf returns the header with the cookie of a session.
func cookieOf(addr string) (string, error) {
	body := `{"username":"u0","password":"` + password + `","keep":"cookie"}`
	res, err := http.Post("http://"+addr+"/auth/api/login", "application/json", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		if c.Name == "lingpai_session" {
			return "Cookie: " + c.Name + "=" + c.Value + "\r\n", nil
		}
	}
	return "", fmt.Errorf("sign in: %s", res.Status)
}

// startSelf runs this program in one of its other roles.
func startSelf(args ...string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startSaying(exec.Command(self, args...))
}

func (s *server) kill() { _ = s.cmd.Process.Kill(); _ = s.cmd.Wait() }

func startNginx(dir, app string) (*server, error) {
	program, err := exec.LookPath("/usr/sbin/nginx")
	if err != nil {
		return nil, exec.ErrNotFound
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	config := `daemon off; master_process off; pid ` + dir + `/pid; error_log ` + dir + `/error.log; events { worker_connections 4096; }
http { access_log off; client_body_temp_path ` + dir + `/b; proxy_temp_path ` + dir + `/p; fastcgi_temp_path ` + dir + `/f; uwsgi_temp_path ` + dir + `/u; scgi_temp_path ` + dir + `/s;
upstream app { server ` + app + `; keepalive 256; keepalive_requests 1000000; }
server { listen ` + addr + `; keepalive_requests 1000000; location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; } } }`
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, err
	}
	return startAt(addr, exec.Command(program, "-p", dir, "-e", dir+"/error.log", "-c", file))
}

func startCaddy(dir, app string) (*server, error) {
	program, err := exec.LookPath("caddy")
	if err != nil {
		return nil, exec.ErrNotFound
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "Caddyfile")
	text := "{\n\tadmin off\n}\nhttp://" + addr + " {\n\treverse_proxy " + app + "\n}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	return startAt(addr, cmd)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// startAt starts a program and waits until it takes connections.
func startAt(addr string, cmd *exec.Cmd) (*server, error) {
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	for range 200 {
		if conn, err := net.Dial("tcp", addr); err == nil {
			_ = conn.Close()
			return &server{cmd: cmd, addr: addr}, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	return nil, fmt.Errorf("%s does not answer: %s", cmd.Path, said.String())
}

func (r *gatewayRow) median(of func(load) float64) float64 { return median(r.loads, of) }

// median is the one in the middle of what the rounds gave.
func median(loads []load, of func(load) float64) float64 {
	all := make([]float64, len(loads))
	for i, l := range loads {
		all[i] = of(l)
	}
	return middle(all)
}

// besideOf is a figure beside the yardstick's in the same round, the median of all rounds.
func besideOf(loads, yard []load, of func(load) float64) float64 {
	all := make([]float64, len(loads))
	for i, l := range loads {
		all[i] = of(l) / of(yard[i])
	}
	return middle(all)
}

func middle(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

func (r *report) printGateway(w io.Writer) {
	f := &r.gateway
	if len(f.rows) == 0 {
		return
	}
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("\n## Gateway, 16 clients\n")
	p("All take turns, %d times, each in a process of its own; the figures are medians. The load and the app behind the proxies share the cores with them.", rounds)
	p("A check is a request of some 400 bytes, most of it headers; reading them costs a handler that does nothing with them the second line.\n")
	p("| what | requests/s | CPU | p99 | beside | target |\n|---|--:|--:|--:|--:|---|")
	for _, row := range f.rows {
		beside, targets := "", []string{}
		cpu := time.Duration(row.median(func(l load) float64 { return float64(l.perOp()) }))
		if row.most > 0 {
			targets = append(targets, goal(cpu <= row.most, "<= "+us(row.most)))
		}
		if i := slices.IndexFunc(f.rows, func(y *gatewayRow) bool { return y.name == row.beside }); i >= 0 {
			ratio := besideOf(row.loads, f.rows[i].loads, load.rate)
			beside = fmt.Sprintf("%.0f %% of the %s", 100*ratio, row.beside)
			if row.least > 0 {
				targets = append(targets, goal(ratio >= row.least, fmt.Sprintf(">= %.0f %%", 100*row.least)))
			}
		}
		p("| %s | %.0f | %s | %s | %s | %s |", row.name, row.median(load.rate), us(cpu),
			ms(time.Duration(row.median(func(l load) float64 { return float64(l.quantile(.99)) }))), beside, strings.Join(targets, "; "))
	}
	p("\n%d connections, each with a proxied request every 5 seconds: p50 %s, p99 %s, the server holds %s.", f.connections,
		ms(f.crowd.quantile(.5)), ms(f.crowd.quantile(.99)), mb(f.memory))
	for _, name := range f.missing {
		p("\n%s was not installed.", name)
	}
}
