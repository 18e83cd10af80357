package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"github.com/lingpai/lingpai/internal/fault"
)

// querier runs statements: on a pool of readers, or inside the transaction of an act.
type querier interface {
	exec(ctx context.Context, text string, args ...any) (affected int64, err error)
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// scanner is a row.
type scanner interface{ Scan(dest ...any) error }

// one returns the only row of a query, or fault.ErrNotFound.
func one[T any](ctx context.Context, q querier, scan func(scanner) (T, error), text string, args ...any) (row T, err error) {
	rows, err := q.query(ctx, text, args...)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return row, err
		}
		return row, fault.ErrNotFound
	}
	if row, err = scan(rows); err != nil {
		return row, err
	}
	// A statement with RETURNING has run to its end only when its rows have been read to theirs.
	for rows.Next() {
	}
	return row, rows.Err()
}

// all returns every row of a query.
func all[T any](ctx context.Context, q querier, scan func(scanner) (T, error), text string, args ...any) (list []T, err error) {
	rows, err := q.query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// scanValue reads a row of one column.
func scanValue[T any](row scanner) (value T, err error) {
	err = row.Scan(&value)
	return value, err
}

// plain runs statements as they come. The PostgreSQL driver remembers the plans of those it has seen.
type plain struct {
	on interface {
		ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
	}
}

func (p plain) exec(ctx context.Context, text string, args ...any) (int64, error) {
	result, err := p.on.ExecContext(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (p plain) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	return p.on.QueryContext(ctx, text, args...)
}

// prepared prepares each statement once and keeps it: the SQLite driver would parse the text at every call, which costs more than running it.
// There are few texts, all of them constants, so nothing is ever dropped.
//
// A context is looked at before a statement, and not watched while it runs: a statement is short local work, and the two goroutines that
// watch cost as much again as reading one row.
type prepared struct {
	on interface {
		PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
	}
	statements sync.Map // text to *sql.Stmt
}

func (p *prepared) exec(ctx context.Context, text string, args ...any) (int64, error) {
	ctx, err := unwatched(ctx)
	if err != nil {
		return 0, err
	}
	statement, err := p.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (p *prepared) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	ctx, err := unwatched(ctx)
	if err != nil {
		return nil, err
	}
	statement, err := p.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

func unwatched(ctx context.Context) (context.Context, error) {
	return context.WithoutCancel(ctx), ctx.Err()
}

func (p *prepared) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if kept, ok := p.statements.Load(text); ok {
		return kept.(*sql.Stmt), nil
	}
	statement, err := p.on.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if kept, raced := p.statements.LoadOrStore(text, statement); raced {
		return kept.(*sql.Stmt), statement.Close()
	}
	return statement, nil
}

// close gives the statements back. SQLite keeps a connection open behind our back as long as it has any, and with it the log beside the file.
// Whoever still reads gets an error.
func (p *prepared) close() (err error) {
	p.statements.Range(func(_, statement any) bool {
		err = errors.Join(err, statement.(*sql.Stmt).Close())
		return true
	})
	return err
}
