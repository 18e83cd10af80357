package racetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// errLost is what a client learns when no answer came.
var errLost = errors.New("no answer came")

// network carries requests to one of the servers, and is not to be relied upon.
type network struct {
	servers []*server
	history *history
	client  *http.Client

	lost, cut, dropped, copied, refused atomic.Int64 // what it did
	slowest                             atomic.Int64 // that an answer took, in nanoseconds
}

func newNetwork(servers []*server) *network {
	return &network{servers: servers, history: newHistory(), client: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 256},
		Timeout:   time.Minute,
	}}
}

// line is the connection of one client to the network.
type line struct {
	*network
	key   *prover        // that its session is bound to, if any
	stray sync.WaitGroup // copies of requests that are still under way
}

// fate is what becomes of a request: all choices are made before it is sent, so that they follow from the seed.
type fate struct {
	server, copyTo int
	before, after  time.Duration
	drop           bool          // the request gets lost
	lose           bool          // the answer gets lost, after the server has done what was asked
	cut            bool          // the connection breaks
	cutAfter       time.Duration // how long after the request was written
	copied         bool          // a second copy arrives
	copyAfter      time.Duration
}

func (n *network) fate(rnd *rand.Rand) fate {
	ms := func(most float64) time.Duration {
		return time.Duration(rnd.Float64() * most * float64(time.Millisecond))
	}
	f := fate{
		server: rnd.IntN(len(n.servers)), copyTo: rnd.IntN(len(n.servers)),
		before: ms(15), after: ms(15), cutAfter: ms(4), copyAfter: ms(40), copied: rnd.IntN(8) == 0,
	}
	switch rnd.IntN(20) {
	case 0, 1:
		f.lose = true
	case 2, 3:
		f.cut = true
	case 4:
		f.drop = true
	}
	return f
}

// calm is the fate of a request that nothing happens to.
func (n *network) calm(rnd *rand.Rand) fate { return fate{server: rnd.IntN(len(n.servers))} }

// pair is what a browser holds: both tokens of one answer.
type pair struct{ refresh, access string }

// message is a request before it is sent.
type message struct {
	kind   kind
	held   pair
	method string
	path   string
	body   map[string]string
	proof  string // of a DPoP key, if any
}

func refreshOf(p pair) message {
	return message{refreshing, p, http.MethodPost, "/auth/api/refresh", map[string]string{"refresh_token": p.refresh}, ""}
}

func confirmOf(p pair) message {
	return message{confirming, p, http.MethodPost, "/auth/api/refresh/confirm", map[string]string{"refresh_token": p.refresh}, ""}
}

func useOf(p pair) message { return message{using, p, http.MethodGet, "/auth/api/me", nil, ""} }

// reply is an answer: a code of refusal, or "" and perhaps tokens.
type reply struct {
	code string
	pair
	nonce string // for the next proof
}

// deliver carries a message through its fate. The client learns errLost or the reply.
func (n *line) deliver(ctx context.Context, m message, f fate) (reply, error) {
	if err := pause(ctx, f.before); err != nil {
		return reply{}, err
	}
	access := m.held.access
	if m.kind != using {
		access = ""
	}
	m.proof = n.key.prove(m.method, m.path, access)
	if f.copied {
		n.copied.Add(1)
		ctx := context.WithoutCancel(ctx) // The network does not know whether anybody still waits.
		n.stray.Go(func() {
			if pause(ctx, f.copyAfter) == nil {
				_, _ = n.exchange(ctx, m, fate{server: f.copyTo}) // It is recorded; nobody waits for the answer.
			}
		})
	}
	if f.drop {
		n.dropped.Add(1)
		return reply{}, errLost
	}
	r, err := n.exchange(ctx, m, f)
	if err != nil {
		return reply{}, err
	}
	if n.key != nil {
		n.key.told(r.nonce)
	}
	if f.lose {
		n.lost.Add(1)
		return reply{}, errLost
	}
	return r, pause(ctx, f.after)
}

// exchange sends a message and records what went over the wire.
func (n *network) exchange(ctx context.Context, m message, f fate) (reply, error) {
	session, number := readRefreshToken(m.held.refresh)
	x := exchange{kind: m.kind, session: session, number: number, call: n.history.now(), end: never}
	r, err := n.send(ctx, m, f)
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		n.refused.Add(1)
		return reply{}, errLost // The server is down: nothing was sent.
	}
	if err == nil && r.code != "unavailable" {
		x.end, x.code = n.history.now(), r.code
		n.took(x.end - x.call)
		x.token = r.refresh
		_, x.successor = readRefreshToken(r.refresh)
	} else {
		err = errLost
	}
	n.history.add(x)
	return r, err
}

func (n *network) took(d time.Duration) {
	for most := n.slowest.Load(); int64(d) > most && !n.slowest.CompareAndSwap(most, int64(d)); {
		most = n.slowest.Load()
	}
}

// patient is how long a server may take with a request whose client hung up: twice what the slowest answer took.
func (n *network) patient() time.Duration { return 2 * time.Duration(n.slowest.Load()) }

// send makes one HTTP request. With f.cut, the connection breaks soon after the request was written.
func (n *network) send(ctx context.Context, m message, f fate) (reply, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if f.cut {
		n.cut.Add(1)
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			WroteRequest: func(httptrace.WroteRequestInfo) { time.AfterFunc(f.cutAfter, cancel) },
		})
	}
	return call(ctx, n.client, n.servers[f.server].address, m.method, m.path, m.held.access, m.proof, m.body)
}

// call asks a server.
func call[B any](ctx context.Context, client *http.Client, address, method, path, access, proof string, body map[string]B) (r reply, err error) {
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		sent = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, "http://"+address+path, sent)
	if err != nil {
		return reply{}, err
	}
	request.Host = "localhost:4401"
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	} else {
		scheme := "Bearer "
		if proof != "" {
			scheme = "DPoP "
		}
		request.Header.Set("Authorization", scheme+access)
	}
	if proof != "" {
		request.Header.Set("DPoP", proof)
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	return read(response)
}

// read reads an answer: tokens, a refusal, or nothing.
func read(response *http.Response) (r reply, err error) {
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	if len(text) == 0 && response.StatusCode == http.StatusNoContent {
		return reply{}, nil
	}
	var in struct {
		Code    string `json:"code"`
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return reply{}, fmt.Errorf("status %d, %w", response.StatusCode, err)
	}
	if response.StatusCode >= 300 && in.Code == "" {
		return reply{}, fmt.Errorf("status %d without a code", response.StatusCode)
	}
	return reply{in.Code, pair{in.Refresh, in.Access}, response.Header.Get("DPoP-Nonce")}, nil
}
