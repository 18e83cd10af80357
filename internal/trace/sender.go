package trace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"time"
)

const (
	// mostWaiting is how many spans wait to be sent, at some 500 bytes. Sent once a second, it is also how many can be: whatever makes us trace
	// more makes us drop more.
	mostWaiting = 4096
	// atOnce is how many are sent together: some 300 kB.
	atOnce = 512
	// patience is how long the collector may take to answer.
	patience = 5 * time.Second
	// lastCall is how long it may take in all when we stop.
	lastCall = 2 * time.Second
)

// Send sends what waits. The caller calls it every second or so. What the collector cannot take now is sent at the next call. That a collector cannot be
// reached is logged when it begins, and when it is over; it is no error, because nobody who asks for something has to suffer for it.
func (t *Tracer) Send(ctx context.Context) error {
	for ctx.Err() == nil && t.take() {
		if !t.settle(ctx, t.post(ctx)) {
			return nil
		}
	}
	return nil
}

// Flush sends what waits one last time, after the last Send has returned. It takes no longer than two seconds, and counts as dropped what it cannot send.
func (t *Tracer) Flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastCall)
	defer cancel()
	err := t.Send(ctx)
	t.dropped.Add(uint64(len(t.unsent) + len(t.ended)))
	t.client.CloseIdleConnections()
	return err
}

// take fills up what is to be sent next, and reports whether that is anything.
func (t *Tracer) take() bool {
	for len(t.unsent) < atOnce {
		select {
		case s := <-t.ended:
			t.unsent = append(t.unsent, s)
		default:
			return len(t.unsent) > 0
		}
	}
	return true
}

// settle reports whether the collector was done with what it was sent.
func (t *Tracer) settle(ctx context.Context, err error) bool {
	refusal, refused := errors.AsType[*refusedError](err)
	switch {
	case err != nil && ctx.Err() != nil:
		return false // we stop, which is nobody's fault
	case err != nil && !t.failing:
		t.Logger.LogAttrs(ctx, slog.LevelWarn, "traces cannot be sent; some will be missing", slog.Any("error", err))
	case err == nil && t.failing:
		t.Logger.LogAttrs(ctx, slog.LevelInfo, "traces are sent again", slog.Uint64("dropped", t.Dropped()))
	}
	t.failing = err != nil
	if err != nil && (!refused || refusal.later()) {
		return false
	}
	if refused {
		t.dropped.Add(uint64(len(t.unsent)))
	}
	clear(t.unsent)
	t.unsent = t.unsent[:0]
	return true
}

func (t *Tracer) post(ctx context.Context) error {
	body, err := json.Marshal(export(t.resource, t.unsent))
	if err != nil {
		return fmt.Errorf("encode spans: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.Endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(req.Header, t.Header)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "lingpai")
	resp, err := t.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // read to the end, a connection serves again
	if resp.StatusCode/100 != 2 {
		return &refusedError{resp.StatusCode}
	}
	return nil
}

// refusedError is an answer that is not yes.
type refusedError struct{ status int }

// Error implements error.
func (e *refusedError) Error() string { return fmt.Sprintf("the collector answered %d", e.status) }

// later reports whether the same may be sent again (OTLP, "Retryable Response Codes").
func (e *refusedError) later() bool {
	switch e.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}
