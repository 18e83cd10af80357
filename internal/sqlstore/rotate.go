package sqlstore

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/session"
	"github.com/lingpai/lingpai/internal/trace"
)

// rotation is one call of RotateSession: what is asked, and what came of it.
type rotation struct {
	session.Rotation
	row      session.Session
	advanced bool
	err      error // fault.ErrNotFound
}

// RotateSession implements session.Writer. On SQLite the rotations that wait at the same time become one statement: this is the act that
// every signed-in client repeats every few minutes.
func (s *Store) RotateSession(ctx context.Context, r session.Rotation) (session.Session, bool, error) {
	const name = "rotate session"
	act := rotation{Rotation: r}
	err := s.options.Fault.at(name, BeforeEffect)
	if err == nil {
		_, span := trace.Start(ctx, name, trace.Client)
		err = s.acts.rotate(ctx, &act)
		span.End(err)
	}
	if err == nil {
		err = s.options.Fault.at(name, AfterCommit)
	}
	if err != nil {
		return session.Session{}, false, s.mean(name, err)
	}
	return act.row, act.advanced, nil
}

// rotateAll carries out rotations in one transaction. It returns an error when the database failed; that one of them did not advance,
// or has no session, is written into it.
//
// A statement sees the rows as they were before it, so it must not hold two rotations of one session. Those go in rounds.
func rotateAll(ctx context.Context, q querier, waiting []*rotation) error {
	for len(waiting) > 0 {
		round := make(map[session.ID]*rotation, len(waiting))
		var now, later []*rotation
		for _, r := range waiting {
			if round[r.ID] != nil {
				later = append(later, r)
				continue
			}
			round[r.ID] = r
			now = append(now, r)
		}
		if err := rotateRound(ctx, q, round, now); err != nil {
			return err
		}
		waiting = later
	}
	return nil
}

// rotateRound carries out rotations of different sessions. They are cut to powers of two, so that few statements serve all sizes.
func rotateRound(ctx context.Context, q querier, byID map[session.ID]*rotation, list []*rotation) error {
	for rest := list; len(rest) > 0; {
		n := maxRotations
		for n > len(rest) {
			n /= 2
		}
		rows, err := all(ctx, q, scanSession, rotateStatements[n](), rotateArgs(rest[:n])...)
		if err != nil {
			return err
		}
		for _, row := range rows {
			byID[row.ID].row, byID[row.ID].advanced = row, true
		}
		rest = rest[n:]
	}
	return readOthers(ctx, q, list)
}

// readOthers reads the rows that did not advance, as they stand now.
func readOthers(ctx context.Context, q querier, list []*rotation) error {
	for _, r := range list {
		if r.advanced {
			continue
		}
		row, err := one(ctx, q, scanSession, selectSession, r.ID.String())
		if err != nil && !errors.Is(err, fault.ErrNotFound) {
			return err
		}
		r.row, r.err = row, err
	}
	return nil
}

func rotateArgs(list []*rotation) []any {
	args := make([]any, 0, len(list)*rotateColumns)
	for _, r := range list {
		args = append(args, r.ID.String(), int64(r.Counter), micros(r.At), micros(r.IdleUntil), text(r.Address), text(r.Agent), text(r.KeyThumb))
	}
	return args
}

const (
	rotateColumns = 7
	// maxRotations is the largest number that one statement advances.
	maxRotations = 64
)

// rotateStatements makes the statement for each power of two up to maxRotations, when it is first needed.
var rotateStatements = func() map[int]func() string {
	statements := make(map[int]func() string)
	for n := 1; n <= maxRotations; n *= 2 {
		statements[n] = sync.OnceValue(func() string { return rotateStatement(n) })
	}
	return statements
}()

func rotateStatement(n int) string {
	var b strings.Builder
	b.WriteString(`WITH r (r_id, r_counter, r_at, r_idle, r_address, r_agent, r_jkt) AS (VALUES `)
	types := [rotateColumns]string{"TEXT", "BIGINT", "BIGINT", "BIGINT", "TEXT", "TEXT", "TEXT"}
	for i := range n * rotateColumns {
		switch {
		case i == 0:
			b.WriteString("(")
		case i%rotateColumns == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		b.WriteString("CAST($" + strconv.Itoa(i+1) + " AS " + types[i%rotateColumns] + ")")
	}
	b.WriteString(`))
		UPDATE sessions SET counter = counter + 1, rotated_at = r_at, confirmed_at = 0, seen_at = r_at,
			idle_until = CASE WHEN r_idle < expires_at THEN r_idle ELSE expires_at END, address = r_address, agent = r_agent
		FROM r
		WHERE id = r_id AND counter = r_counter AND counter > 0 AND counter < 4294967295
			AND ended_at = 0 AND idle_until > r_at AND expires_at > r_at AND (jkt = '' OR jkt = r_jkt)
		RETURNING ` + sessionColumns + `, ` + holderColumns)
	return b.String()
}
