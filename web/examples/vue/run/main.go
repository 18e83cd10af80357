// Command run starts the example: the login server with two accounts, the notes API and the app, together behind one address, until
// Ctrl-C. Its data lies in a temporary folder that it removes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// settings are the flags.
type settings struct {
	listen   string
	lingpai  string
	api      string
	app      string
	lifetime time.Duration
	dev      bool
	gateway  bool
}

func main() {
	var s settings
	flag.StringVar(&s.listen, "listen", "localhost:4410", "`HOST:PORT` for everything; port 0 takes a free one. The host is a loopback")
	flag.StringVar(&s.lingpai, "lingpai", "bin/lingpai", "the login server, a `PROGRAM`")
	flag.StringVar(&s.api, "api", "bin/notes-api", "the notes API, a `PROGRAM`")
	flag.StringVar(&s.app, "app", "web/examples/vue", "the `FOLDER` of the app; what was built is in its folder dist")
	flag.DurationVar(&s.lifetime, "token-lifetime", time.Minute, "how long an access token is good: short, so that one sees it renewed")
	flag.BoolVar(&s.dev, "dev", false, "let Vite serve the sources, and reload what is changed")
	flag.BoolVar(&s.gateway, "gateway", false, "let the login server be the gateway before app and API, so that `keep: cookie` needs nothing of the API")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "The example stops:", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

// run returns when the context ends, or with the reason when one part stops before.
func run(ctx context.Context, s settings) (err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return fmt.Errorf("%w; give another address with -listen", err)
	}
	defer listener.Close()
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok || !address.IP.IsLoopback() {
		return errors.New("the accounts of the example have known passwords, so it listens on localhost only")
	}
	folder, err := os.MkdirTemp("", "notes-example-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	for _, a := range accounts {
		if err := a.add(ctx, s.lingpai, folder); err != nil {
			return err
		}
	}
	return serve(ctx, s, listener, fmt.Sprintf("http://localhost:%d", address.Port), folder)
}

// serve starts the parts and puts them behind the listener, or behind the gateway. Whichever stops first takes the others along.
func serve(ctx context.Context, s settings, listener net.Listener, origin, folder string) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	if s.gateway { // which takes the address over
		var err error
		if listener, err = elsewhere(ctx, listener); err != nil {
			return err
		}
	}
	p, err := newParts(ctx, s, origin, listener.Addr().String(), folder)
	if err != nil {
		return err
	}
	ended := p.start(ctx, stop)
	front := &http.Server{Handler: p.front(s), ReadHeaderTimeout: 10 * time.Second}
	go func() { stop(front.Serve(listener)) }()
	if err := p.wait(ctx); err == nil {
		greet(origin)
	}
	<-ctx.Done()
	err = context.Cause(ctx)
	_ = front.Close() // Streams of open tabs would never end by themselves.
	ended.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// elsewhere gives an address up for another one.
func elsewhere(ctx context.Context, listener net.Listener) (net.Listener, error) {
	if err := listener.Close(); err != nil {
		return nil, err
	}
	return new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
}

func greet(origin string) {
	fmt.Fprintf(os.Stdout, "\nNotes is ready at %s\n\n", origin)
	for _, a := range accounts {
		fmt.Fprintf(os.Stdout, "  %-6s %-26s %s\n", a.username, a.password, a.is)
	}
	fmt.Fprint(os.Stdout, "\nNothing is kept when it stops. Ctrl-C stops it.\n")
}
