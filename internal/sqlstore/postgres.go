package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

var postgresDialect = dialect{
	goose:      goose.DialectPostgres,
	migrations: migrationsOf("postgres"),
	ping:       `SELECT 1`,
	migrated:   `SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_version'`,
	share:      ` FOR SHARE`,
	update:     ` FOR UPDATE`,
	alone: func(ctx context.Context, q querier, purpose int64) error {
		_, err := q.exec(ctx, `SELECT pg_advisory_xact_lock($1)`, purpose)
		return err
	},
	duplicate: func(err error) bool { return sqlState(err) == "23505" },
	again: func(err error) bool {
		state := sqlState(err)
		return state == "40001" || state == "40P01"
	},
	unavailable: postgresUnavailable,
}

// sqlState is the code that the server gave, or "".
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

func postgresUnavailable(err error) bool {
	if state := sqlState(err); state != "" {
		switch state[:2] {
		case "08", "25", "40", "53", "55", "57", "58", "XX":
			return true
		}
		return false
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	_, network := errors.AsType[net.Error](err)
	// ErrTxDone: the caller left, which rolls the transaction back under the hands of the act.
	return network || pgconn.SafeToRetry(err) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, sql.ErrTxDone)
}

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

func (s *Store) openPostgres(ctx context.Context, dsn string) error {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// What the parser says may quote the password.
		return &OpenError{Text: "the database address is not of the form postgres://user@host:5432/database: mend it"}
	}
	s.dialect, s.place = &postgresDialect, fmt.Sprintf("the database %s on %s", config.Database, config.Host)
	db := stdlib.OpenDB(*config)
	n := cmp.Or(s.options.Connections, 16)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	s.close = append(s.close, db.Close)
	s.admin, s.reads, s.acts = db, plain{db}, direct{db}
	if err := db.PingContext(ctx); err != nil {
		return &OpenError{Text: fmt.Sprintf("%s does not answer: check that it runs, and the address, user and password", s.place), Cause: err}
	}
	return nil
}

// direct carries out each act in a transaction of its own. PostgreSQL commits those of many connections with one fsync by itself.
type direct struct{ db *sql.DB }

// attempts bounds how often an act is tried that collided with others.
const attempts = 12

func (d direct) do(ctx context.Context, f func(ctx context.Context, q querier) error) error {
	return retry(ctx, func() error { return d.once(ctx, f) })
}

func (d direct) once(ctx context.Context, f func(ctx context.Context, q querier) error) (err error) {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(ctx, plain{tx}); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// rotate is one statement, so it needs no transaction around it.
func (d direct) rotate(ctx context.Context, r *rotation) error {
	err := retry(ctx, func() error { return rotateAll(ctx, plain{d.db}, []*rotation{r}) })
	return cmp.Or(err, r.err)
}

// retry tries again what collided, after a short random wait that grows.
func retry(ctx context.Context, try func() error) error {
	for n := 0; ; n++ {
		err := try()
		if err == nil || n == attempts-1 || !postgresDialect.again(err) {
			return err
		}
		wait := time.NewTimer(rand.N(time.Millisecond << min(n, 7)))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		}
	}
}
