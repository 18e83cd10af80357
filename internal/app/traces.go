package app

import (
	"context"
	"net/url"
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/trace"
)

// newTracer makes what sends traces; nil where no collector is named.
func (a *App) newTracer(cfg *config.Config) (*trace.Tracer, error) {
	if cfg.Traces.Endpoint == "" {
		return nil, nil //nolint:nilnil // a nil Tracer traces nothing
	}
	header, err := cfg.Traces.Header()
	if err != nil {
		return nil, problem(cfg, "traces.headers", err)
	}
	t := trace.New(trace.Options{
		Endpoint: cfg.Traces.Address(), Header: header, Sample: float64(cfg.Traces.Sample), Node: nodeName(a.listeners[0]), Logger: a.logger,
		Now: time.Now, // of the collector's world, whatever the clock of dev shows
	})
	a.metrics.count("lingpai_spans_dropped_total", "Spans of traces that were not sent.", func() float64 { return float64(t.Dropped()) })
	return t, nil
}

// sendTraces sends them in the background, and the last ones when everything else has ended.
func (a *App) sendTraces() {
	if a.traces == nil {
		return
	}
	a.onStop.add("send the last traces", a.traces.Flush)
	a.work.every("send traces", time.Second, a.traces.Send)
}

// traced gives calls that nobody asked for a trace of their own.
func (a *App) traced(name string, post posting) posting {
	return func(ctx context.Context, address string, form url.Values) (int, error) {
		root := a.traces.Root(name, trace.Internal)
		status, err := post(trace.With(ctx, root), address, form)
		root.End(err)
		return status, err
	}
}

type posting = func(ctx context.Context, address string, form url.Values) (status int, err error)
