package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/lingpai/lingpai/internal/breached"
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/fetch"
	"github.com/lingpai/lingpai/internal/loopback"
)

// stolen knows passwords that were stolen elsewhere. The zero value knows none.
type stolen struct {
	list interface {
		Has(ctx context.Context, password string) (bool, error)
	}
	logger *slog.Logger
	close  func() error
}

// openStolen opens the list, or prepares to ask the service, that the configuration names.
func openStolen(cfg *config.Config, logger *slog.Logger) (stolen, error) {
	switch p := cfg.Password; {
	case p.BreachedFile != "":
		file, err := breached.Open(p.BreachedFile)
		if err != nil {
			return stolen{}, problem(cfg, "password.breached_file", fmt.Errorf("cannot be used: %w", err))
		}
		return stolen{file, logger, file.Close}, nil
	case p.BreachedService != "":
		return stolen{list: &breached.Service{Address: p.BreachedService, Get: rangesOf(p.BreachedService)}, logger: logger}, nil
	}
	return stolen{}, nil
}

// CheckStolen says what is wrong with the list of stolen passwords that the configuration names. The error is config.Problems.
func CheckStolen(cfg *config.Config) error {
	s, err := openStolen(cfg, slog.New(slog.DiscardHandler))
	return errors.Join(err, s.Close())
}

// rangesOf reads from a service that the operator named. Its errors leave out the address, which ends with digits of a password's hash.
func rangesOf(address string) func(ctx context.Context, address string) (string, error) {
	calls := fetch.New(fetch.Options{
		InsecureLoopback: loopback.IsURL(address), Private: true, Timeout: 3 * time.Second, MaxBytes: 1 << 20,
	})
	dress := http.Header{"Accept": {"text/plain"}, "Add-Padding": {"true"}}
	return func(ctx context.Context, address string) (string, error) {
		doc, err := calls.GetWith(ctx, address, dress)
		if err != nil {
			return "", cmp.Or(errors.Unwrap(err), errors.New("the service cannot be asked"))
		}
		return string(doc.Body), nil
	}
}

// has reports whether a password was stolen. Where that cannot be found out, it was not: a service that is down keeps nobody from choosing a
// password that holds to all other rules.
func (s stolen) has(ctx context.Context, password string) bool {
	if s.list == nil {
		return false
	}
	found, err := s.list.Has(ctx, password)
	if err != nil {
		s.logger.Warn("new password not looked up among the stolen ones, and accepted", slog.Any("error", err))
	}
	return found
}

// Close closes what openStolen opened.
func (s stolen) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}
