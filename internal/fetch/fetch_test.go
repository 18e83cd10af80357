package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// open is a fetcher that may call the servers of these tests, and believes their certificate.
func open(server *httptest.Server, o Options) *Fetcher {
	o.InsecureLoopback = true
	if server.Certificate() != nil {
		o.Roots = x509.NewCertPool()
		o.Roots.AddCert(server.Certificate())
	}
	return New(o)
}

// closed is a fetcher as it runs in production, but for whom it believes.
func closed(server *httptest.Server) *Fetcher {
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return New(Options{Roots: roots})
}

func answering(t *testing.T, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewTLSServer(answer)
	t.Cleanup(s.Close)
	return s
}

func TestADocumentIsFetched(t *testing.T) {
	s := answering(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/JSON; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write([]byte(r.Header.Get("Accept")))
	})
	doc, err := open(s, Options{}).Get(t.Context(), s.URL+"/keys", "application/json", 0)
	if err != nil || string(doc.Body) != "application/json" || doc.Type != "application/json" || doc.FreshFor != 5*time.Minute {
		t.Errorf("got %q %q %v, %v", doc.Body, doc.Type, doc.FreshFor, err)
	}
}

func TestAFormIsPosted(t *testing.T) {
	s := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.FormValue("logout_token") != "a.b.c" {
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	status, err := open(s, Options{}).Post(t.Context(), s.URL, url.Values{"logout_token": {"a.b.c"}})
	if err != nil || status != http.StatusOK {
		t.Errorf("got %d, %v", status, err)
	}
}

// TestAttack47NothingButPublicAddressesIsCalled is case 47 of the catalogue: whoever names an address reaches no door of this network. The
// listener proves it.
func TestAttack47NothingButPublicAddressesIsCalled(t *testing.T) {
	var called atomic.Int32
	s := answering(t, func(http.ResponseWriter, *http.Request) { called.Add(1) })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	for _, host := range []string{
		"127.0.0.1", "localhost", "app.localhost", "[::1]", "[::ffff:127.0.0.1]", "127.1", "0.0.0.0", "0", "2130706433", "0x7f.0.0.1", "[::]",
		"10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.100.100.200", "168.63.129.16", "[fd00:ec2::254]", "[fe80::1]",
		"[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1%25lo]",
	} {
		if _, err := closed(s).Get(t.Context(), "https://"+host+":"+port+"/", "*/*", 0); err == nil {
			t.Errorf("%s was called", host)
		}
	}
	if called.Load() > 0 {
		t.Error("a request left")
	}
}

// TestAttack47ANameThatMeansThisMachineIsNotCalled: the name is fine by its looks, and was not looked up before the connection.
func TestAttack47ANameThatMeansThisMachineIsNotCalled(t *testing.T) {
	f := New(Options{})
	if err := f.client.Transport.(*http.Transport).DialContext; err == nil {
		t.Fatal("no dialer")
	}
	for _, at := range []string{"127.0.0.1:443", "[::1]:443", "169.254.169.254:80", "10.1.2.3:443", "[::ffff:10.1.2.3]:443"} {
		conn, err := f.client.Transport.(*http.Transport).DialContext(t.Context(), "tcp", at)
		if err == nil {
			_ = conn.Close()
			t.Errorf("a connection to %s was made", at)
		} else if !strings.Contains(err.Error(), "not at a public address") {
			t.Errorf("%s: refused for another reason: %v", at, err)
		}
	}
}

func TestAttack47NoRedirectIsFollowed(t *testing.T) {
	var reached atomic.Bool
	s := answering(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/inner" {
			reached.Store(true)
			return
		}
		http.Redirect(w, r, "/inner", http.StatusFound)
	})
	if _, err := open(s, Options{}).Get(t.Context(), s.URL, "*/*", 0); err == nil || reached.Load() {
		t.Errorf("a redirect was followed: %v", err)
	}
	if status, _ := open(s, Options{}).Post(t.Context(), s.URL, nil); status != http.StatusFound || reached.Load() {
		t.Errorf("a redirect was followed after a form: %d", status)
	}
}

func TestAttack47AnswersAreBounded(t *testing.T) {
	long := strings.Repeat("a", 4096)
	bomb := func(w http.ResponseWriter) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write(bytes.Repeat([]byte("a"), 1<<20))
		_ = z.Close()
	}
	for name, answer := range map[string]http.HandlerFunc{
		"long":       func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(long)) },
		"endless":    func(w http.ResponseWriter, _ *http.Request) { endless(w, long) },
		"compressed": func(w http.ResponseWriter, _ *http.Request) { bomb(w) },
		"header":     func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat(long, 20)) },
		"not found":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
		"created":    func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
	} {
		s := answering(t, answer)
		if doc, err := open(s, Options{}).Get(t.Context(), s.URL, "*/*", 1024); err == nil {
			t.Errorf("%s: got %d bytes", name, len(doc.Body))
		}
	}
}

func endless(w http.ResponseWriter, text string) {
	for {
		if _, err := w.Write([]byte(text)); err != nil {
			return
		}
	}
}

func TestAttack47ASlowAnswerIsGivenUp(t *testing.T) {
	over := make(chan struct{})
	s := answering(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-over // a byte never comes
	})
	defer close(over)
	_, err := open(s, Options{Timeout: 50 * time.Millisecond}).Get(t.Context(), s.URL, "*/*", 0)
	if err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("got %v", err)
	}
}

func TestCallsWaitForTheirPlace(t *testing.T) {
	inside, over := make(chan struct{}), make(chan struct{})
	s := answering(t, func(http.ResponseWriter, *http.Request) { inside <- struct{}{}; <-over })
	f := open(s, Options{Most: 1, Timeout: time.Minute})
	done := make(chan error)
	go func() { _, err := f.Get(context.WithoutCancel(t.Context()), s.URL, "*/*", 0); done <- err }()
	<-inside
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Get(ctx, s.URL, "*/*", 0); err == nil || !strings.Contains(err.Error(), "too many calls") {
		t.Errorf("a second call did not wait: %v", err)
	}
	close(over)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestACertificateIsBelievedFromKnownAuthoritiesAlone(t *testing.T) {
	s := answering(t, func(http.ResponseWriter, *http.Request) {})
	if _, err := New(Options{InsecureLoopback: true}).Get(t.Context(), s.URL, "*/*", 0); err == nil {
		t.Error("a certificate of nobody is believed")
	}
}

func TestAddressesAreCheckedBeforeTheyAreStored(t *testing.T) {
	f := New(Options{})
	for _, address := range []string{"https://app.example.com/jwks", "https://app.example.com:8443/a?b=c", "https://8.8.8.8/", "https://[2606:4700::1111]/"} {
		if err := f.Check(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{
		"", "/jwks", "http://app.example.com/", "ftp://app.example.com/", "file:///etc/passwd", "https:app.example.com", "https://", "https://:443/",
		"https://user@app.example.com/", "https://good.example@127.0.0.1/", "https://app.example.com/#f", "https://APP.example.com/", "https://app.example.com/\r\nX: y",
		`https://app.example.com\@evil.example/`, "https://äpp.example.com/", "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/",
		"gopher://app.example.com/", "https://" + strings.Repeat("a", 2000) + ".example.com/",
	} {
		if f.Check(address) == nil {
			t.Errorf("%q passes", address)
		}
	}
	if New(Options{InsecureLoopback: true}).Check("http://10.0.0.1/") == nil {
		t.Error("the switch for this machine opens the network")
	}
}

func TestPublicAddressesAreThose(t *testing.T) {
	for _, a := range []string{"8.8.8.8", "1.1.1.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if !Public(netip.MustParseAddr(a)) {
			t.Errorf("%s is closed", a)
		}
	}
	for _, a := range []string{
		"0.0.0.0", "0.1.2.3", "10.255.255.255", "100.127.0.1", "127.0.0.1", "169.254.169.254", "172.31.0.1", "192.0.0.8", "192.168.0.1", "198.19.0.1", "224.0.0.1",
		"255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fd12::1", "ff02::1", "64:ff9b::a00:1", "2001:db8::1", "2001::1", "2002:a00:1::", "::ffff:10.0.0.1",
		"::10.0.0.1", "fe80::1%eth0",
	} {
		if Public(netip.MustParseAddr(a)) {
			t.Errorf("%s is open", a)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is open")
	}
}

// What the operator names may be on a network of their own; the metadata of clouds and this machine stay closed.
func TestPrivateNetworksAreOpenToWhatTheOperatorNames(t *testing.T) {
	f := New(Options{Private: true})
	for _, a := range []string{"10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd12::1", "8.8.8.8"} {
		if !f.allows(netip.MustParseAddr(a)) {
			t.Errorf("%s is closed", a)
		}
	}
	for _, a := range []string{
		"127.0.0.1", "::1", "169.254.169.254", "fe80::1", "fe80::1%eth0", "100.100.100.200", "::ffff:100.100.100.200", "fd00:ec2::254", "168.63.129.16", "0.0.0.0", "224.0.0.1",
		"fd12::1%eth0",
	} {
		if f.allows(netip.MustParseAddr(a)) {
			t.Errorf("%s is open", a)
		}
	}
	if New(Options{}).allows(netip.MustParseAddr("10.0.0.1")) {
		t.Error("others reach a private network")
	}
}

func TestAnAnswerIsReadWhateverItsStatus(t *testing.T) {
	s := answering(t, func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(id + " " + secret + " " + r.FormValue("code")))
	})
	status, doc, err := open(s, Options{}).Ask(t.Context(), s.URL, url.Values{"code": {"c"}}, url.UserPassword("us", "s:1"))
	if err != nil || status != http.StatusBadRequest || string(doc.Body) != "us s:1 c" {
		t.Errorf("got %d %q, %v", status, doc.Body, err)
	}
}
