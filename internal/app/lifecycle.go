package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// cleanups is the way back out: named, run last to first, each exactly once. One stack serves a start that failed half way and a stop.
type cleanups struct {
	mu    sync.Mutex // guards steps
	steps []cleanup
}

type cleanup struct {
	name string
	run  func(ctx context.Context) error
}

func (c *cleanups) add(name string, run func(ctx context.Context) error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps = append(c.steps, cleanup{name, run})
}

// unwind runs and forgets all steps. An error does not keep the next step from running.
func (c *cleanups) unwind(ctx context.Context) error {
	c.mu.Lock()
	steps := c.steps
	c.steps = nil
	c.mu.Unlock()
	var errs []error
	for _, step := range slices.Backward(steps) {
		if err := step.run(ctx); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", step.name, err))
		}
	}
	return errors.Join(errs...)
}

// aside runs do while its caller does something else, who receives how it ended before anything is undone.
func aside(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	return done
}

// background runs what has to be done from time to time. It is the only place of the server that starts goroutines which outlive a call: each
// has a name, is stopped, and is waited for.
type background struct {
	logger *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

func newBackground(logger *slog.Logger) *background {
	ctx, cancel := context.WithCancel(context.Background())
	return &background{logger: logger, ctx: ctx, cancel: cancel}
}

// every runs do each interval until stop. An error or a panic is logged, and the next turn comes all the same.
func (b *background) every(name string, interval time.Duration, do func(ctx context.Context) error) {
	b.wg.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-b.ctx.Done():
				return
			case <-ticker.C:
				b.turn(name, do)
			}
		}
	})
}

// run runs do once, beside everything else.
func (b *background) run(name string, do func(ctx context.Context) error) {
	b.wg.Go(func() { b.turn(name, do) })
}

func (b *background) turn(name string, do func(ctx context.Context) error) {
	defer func() {
		if p := recover(); p != nil {
			b.logger.Error("background work panicked", slog.String("work", name), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		}
	}()
	if err := do(b.ctx); err != nil && b.ctx.Err() == nil {
		b.logger.Error("background work failed", slog.String("work", name), slog.Any("error", err))
	}
}

// stop ends all work and waits for it, no longer than ctx.
func (b *background) stop(ctx context.Context) error {
	b.cancel()
	done := make(chan struct{})
	go func() { b.wg.Wait(); close(done) }() // ends with the work that it waits for
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
