package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
)

// errands are what is done when a request is over, so that nobody can tell by the time of its answer what there was to do.
type errands struct {
	logger  *slog.Logger
	waiting chan func(ctx context.Context) error
}

const (
	// mostErrands is how many may wait.
	mostErrands = 1000
	// errandWait is when whoever is refused for that is told to come back.
	errandWait = 5 * time.Second
	// lastErrands is for all that wait when the server stops.
	lastErrands = 5 * time.Second
)

func newErrands(logger *slog.Logger) *errands {
	return &errands{logger, make(chan func(ctx context.Context) error, mostErrands)}
}

// later takes something to be done soon, or refuses with too_busy.
func (e *errands) later(do func(ctx context.Context) error) error {
	select {
	case e.waiting <- do:
		return nil
	default:
		return fault.Refuse(fault.TooBusy, errandWait)
	}
}

// run does what waits until the context ends.
func (e *errands) run(ctx context.Context) error {
	for {
		select {
		case do := <-e.waiting:
			e.do(ctx, do)
		case <-ctx.Done():
			return nil
		}
	}
}

// flush does the rest, after run has ended.
func (e *errands) flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, lastErrands)
	defer cancel()
	for {
		select {
		case do := <-e.waiting:
			e.do(ctx, do)
		default:
			return nil
		}
	}
}

func (e *errands) do(ctx context.Context, do func(ctx context.Context) error) {
	if err := do(ctx); err != nil {
		e.logger.LogAttrs(ctx, slog.LevelError, "what was to follow from a request was not done", slog.Any("error", err))
	}
}
