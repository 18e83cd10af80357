package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// client is one HTTP/1.1 connection, written by hand so that the load costs little beside what it measures: both share two cores.
type client struct {
	conn     net.Conn
	r        *bufio.Reader
	buf      []byte
	body     []byte
	location string            // of the last answer, for who asked by exchange
	jar      map[string]string // keeps cookies, unless it is nil
}

func dial(addr string) (*client, error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, r: bufio.NewReaderSize(conn, 8<<10)}, nil
}

// do sends one request and returns status and body; the body is good until the next call.
func (c *client) do(method, path, authorization string, body []byte) (int, []byte, error) {
	b := append(c.buf[:0], method...)
	b = append(append(append(b, ' '), path...), " HTTP/1.1\r\nHost: localhost\r\n"...)
	if authorization != "" {
		b = append(append(append(b, "Authorization: Bearer "...), authorization...), "\r\n"...)
	}
	if body != nil {
		b = append(b, "Content-Type: application/json\r\nContent-Length: "...)
		b = append(strconv.AppendInt(b, int64(len(body)), 10), "\r\n"...)
	}
	b = append(append(b, "\r\n"...), body...)
	c.buf = b
	if _, err := c.conn.Write(b); err != nil {
		return 0, nil, err
	}
	return c.read()
}

// ask sends a GET with header lines of one's own, each ended by CRLF.
func (c *client) ask(path, headers string) (int, []byte, error) {
	b := append(append(append(c.buf[:0], "GET "...), path...), " HTTP/1.1\r\nHost: localhost\r\n"...)
	b = append(append(b, headers...), "\r\n"...)
	c.buf = b
	if _, err := c.conn.Write(b); err != nil {
		return 0, nil, err
	}
	return c.read()
}

func (c *client) read() (status int, body []byte, err error) {
	length := -1
	for first := true; ; first = false {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return 0, nil, err
		}
		line = bytes.TrimRight(line, "\r\n")
		switch {
		case first:
			status, _ = strconv.Atoi(string(line[9:12]))
			continue
		case len(line) == 0:
			if length < 0 {
				return status, nil, nil
			}
			c.body = slices.Grow(c.body[:0], length)[:length]
			_, err = io.ReadFull(c.r, c.body)
			return status, c.body, err
		case len(line) > 16 && bytes.EqualFold(line[:16], []byte("Content-Length: ")):
			length, _ = strconv.Atoi(string(line[16:]))
		case bytes.HasPrefix(line, []byte("Location: ")):
			c.location = string(line[10:])
		case c.jar != nil && bytes.HasPrefix(line, []byte("Set-Cookie: ")):
			pair, _, _ := strings.Cut(string(line[12:]), ";")
			name, value, _ := strings.Cut(pair, "=")
			c.jar[name] = value
		}
	}
}

// cookies is the header line with what the jar holds.
func (c *client) cookies() string {
	var pairs []string
	for name, value := range c.jar {
		if value != "" {
			pairs = append(pairs, name+"="+value)
		}
	}
	if len(pairs) == 0 {
		return ""
	}
	return "Cookie: " + strings.Join(pairs, "; ") + "\r\n"
}

// member cuts the string of a JSON member out of a body that is known to be well formed.
func member(body []byte, name string) string {
	_, rest, ok := bytes.Cut(body, []byte(`"`+name+`":"`))
	if !ok {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

// load is what a number of clients measured together.
type load struct {
	took      time.Duration
	latencies []time.Duration // sorted
	cpu       time.Duration   // of the server
}

func (l load) rate() float64 { return float64(len(l.latencies)) / l.took.Seconds() }

func (l load) perOp() time.Duration { return l.cpu / time.Duration(max(1, len(l.latencies))) }

func (l load) quantile(q float64) time.Duration {
	if len(l.latencies) == 0 {
		return 0
	}
	return l.latencies[min(len(l.latencies)-1, int(q*float64(len(l.latencies))))]
}

// drive calls one(i) from n clients again and again for a while. pace, if positive, is the time between the calls of one client.
func drive(s *server, n int, d, pace time.Duration, one func(i int) error) (load, error) {
	var wg sync.WaitGroup
	all, errs := make([][]time.Duration, n), make([]error, n)
	cpu, began := s.cpu(), time.Now()
	for i := range n {
		wg.Go(func() {
			for next := began; time.Since(began) < d; {
				at := time.Now()
				if errs[i] = one(i); errs[i] != nil {
					return
				}
				all[i] = append(all[i], time.Since(at))
				if pace > 0 {
					next = next.Add(pace)
					time.Sleep(time.Until(next))
				}
			}
		})
	}
	wg.Wait()
	l := load{took: time.Since(began), cpu: s.cpu() - cpu, latencies: slices.Concat(all...)}
	slices.Sort(l.latencies)
	for i, err := range errs {
		if err != nil {
			return l, fmt.Errorf("client %d: %w", i, err)
		}
	}
	return l, nil
}
