package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/secret"
	"github.com/lingpai/lingpai/internal/user"
)

const selectUsers = `SELECT id, username, email, name, roles, disabled, password, created_at, changed_at, password_changed_at, claims,
	email_verified FROM users `

// countOneUser is 0 or 1, and stops at the first account that it finds.
const countOneUser = `SELECT count(*) FROM (SELECT 1 AS found FROM users LIMIT 1) AS u`

func scanUser(row scanner) (user.User, error) {
	var (
		u                                   user.User
		roles, password, claims             string
		disabled, created, changed, renewed int64
		verified                            int64
	)
	err := row.Scan(&u.ID, &u.Username, &u.Email, &u.Name, &roles, &disabled, &password, &created, &changed, &renewed, &claims, &verified)
	if err != nil {
		return user.User{}, err
	}
	u.EmailVerified, u.Disabled, u.Password = verified != 0, disabled != 0, secret.New(password)
	u.CreatedAt, u.ChangedAt, u.PasswordChangedAt = instant(created), instant(changed), instant(renewed)
	if u.Claims, err = parseClaims(claims); err != nil {
		return user.User{}, err
	}
	u.Roles, err = parseList(roles)
	return u, err
}

// UserByID implements user.Reader.
func (s *Store) UserByID(ctx context.Context, id string) (user.User, error) {
	return s.readUser(ctx, `WHERE id = $1`, id)
}

// UserByLogin implements user.Reader.
func (s *Store) UserByLogin(ctx context.Context, login string) (user.User, error) {
	if strings.Contains(login, "@") {
		return s.readUser(ctx, `WHERE email_key = $1 AND email_key <> ''`, login)
	}
	return s.readUser(ctx, `WHERE username_key = $1`, login)
}

func (s *Store) readUser(ctx context.Context, where, value string) (user.User, error) {
	if !storable(value) {
		return user.User{}, fmt.Errorf("read user: %w", fault.ErrNotFound)
	}
	u, err := one(ctx, s.reads, scanUser, selectUsers+where, value)
	return u, s.mean("read user", err)
}

// Users implements user.Reader.
func (s *Store) Users(ctx context.Context, q user.Query) ([]user.User, error) {
	role := "" // with its quotes, as it stands in the list; LIKE would be blind to case in SQLite
	if q.Role != "" {
		role = strings.Trim(list([]string{text(q.Role)}), "[]")
	}
	rows, err := all(ctx, s.reads, scanUser, selectUsers+`
		WHERE username_key > $1 AND `+matchesUser("$2")+`
			AND ($4 = '' OR replace(roles, $4, '') <> roles) AND disabled = COALESCE($5, disabled)
		ORDER BY username_key LIMIT $3`,
		text(q.After), pattern(fold(text(q.Search))), pageSize(q.Limit), role, disabledIn(q.State))
	return rows, s.mean("list users", err)
}

// Roles implements user.Reader. Many accounts have the same few lists, which the database tells apart.
func (s *Store) Roles(ctx context.Context) (roles []string, err error) {
	lists, err := all(ctx, s.reads, scanValue[string], `SELECT DISTINCT roles FROM users WHERE roles <> '[]'`)
	for _, stored := range lists {
		some, bad := parseList(stored)
		if bad != nil {
			return nil, s.mean("list roles", bad)
		}
		roles = append(roles, some...)
	}
	slices.Sort(roles)
	return slices.Compact(roles), s.mean("list roles", err)
}

// matchesUser is the condition on accounts that a pattern fits to.
func matchesUser(pattern string) string {
	return strings.ReplaceAll(`(username_key LIKE $ ESCAPE '!' OR email_key LIKE $ ESCAPE '!' OR name_key LIKE $ ESCAPE '!')`, "$", pattern)
}

// disabledIn is what the accounts of a state have stored, or nil for any.
func disabledIn(state user.State) *int64 {
	if state == "" {
		return nil
	}
	return new(flag(state == user.Disabled))
}

// AnyUser implements user.Reader.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	n, err := one(ctx, s.reads, scanValue[int64], countOneUser)
	return n > 0, s.mean("look for a user", err)
}

// fold makes searches blind to case, in every script, and to how a letter with a mark is composed.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

// AddUser implements user.Writer.
func (s *Store) AddUser(ctx context.Context, a user.Addition) error {
	err := s.act(ctx, "add user", func(ctx context.Context, q querier) error { return s.addUser(ctx, q, a) })
	return s.whichTaken(ctx, err, a.User.ID, &a.CanonicalUsername, &a.CanonicalEmail)
}

// addUser is AddUser as a part of an act.
func (s *Store) addUser(ctx context.Context, q querier, a user.Addition) error {
	if err := s.onlyFirst(ctx, q, a); err != nil {
		return err
	}
	u := a.User
	_, err := q.exec(ctx, `INSERT INTO users (id, username, username_key, email, email_key, name, name_key, roles, disabled, password,
			created_at, changed_at, password_changed_at, claims, email_verified)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		text(u.ID), text(u.Username), text(a.CanonicalUsername), text(u.Email), text(a.CanonicalEmail), text(u.Name), fold(text(u.Name)), list(u.Roles),
		flag(u.Disabled), text(u.Password.Reveal()), micros(u.CreatedAt), micros(u.ChangedAt), micros(u.PasswordChangedAt), claims(u.Claims),
		flag(u.EmailVerified))
	if err != nil {
		return err
	}
	return appendEvent(ctx, q, a.Event)
}

// onlyFirst returns fault.ErrConflict if there is an account and a wants to be the first.
func (s *Store) onlyFirst(ctx context.Context, q querier, a user.Addition) error {
	if !a.First {
		return nil
	}
	if err := s.dialect.alone(ctx, q, firstUser); err != nil {
		return err
	}
	n, err := one(ctx, q, scanValue[int64], countOneUser)
	if err == nil && n > 0 {
		return fmt.Errorf("there is an account: %w", fault.ErrConflict)
	}
	return err
}

// whichTaken turns the conflict of a unique value into a *user.Taken that names the field. The drivers tell which one in words only, so
// it looks who has them. If nobody has any more, the conflict stays.
func (s *Store) whichTaken(ctx context.Context, err error, id string, username, email *string) error {
	if !s.dialect.duplicate(err) {
		return err
	}
	fields := []struct {
		name, where string
		value       *string
	}{
		{"username", `username_key = $1`, username},
		{"email", `email_key = $1 AND email_key <> ''`, email},
	}
	for _, f := range fields {
		if f.value == nil {
			continue
		}
		owner, found := one(ctx, s.reads, scanValue[string], `SELECT id FROM users WHERE `+f.where, text(*f.value))
		if found == nil && owner != id {
			return &user.Taken{Field: f.name}
		}
		if found != nil && !errors.Is(found, fault.ErrNotFound) {
			return s.mean("find the owner of a name", found)
		}
	}
	return err
}

// ChangeUser implements user.Writer.
func (s *Store) ChangeUser(ctx context.Context, c user.Change) error {
	err := s.act(ctx, "change user", func(ctx context.Context, q querier) error {
		if err := spendMailCode(ctx, q, c); err != nil {
			return err
		}
		if err := updateUser(ctx, q, c); err != nil {
			return err
		}
		if err := appendNews(ctx, q, c); err != nil {
			return err
		}
		return s.endWithUser(ctx, q, c.Ending, c.ID, c.At, c.Event)
	})
	return s.whichTaken(ctx, err, c.ID, c.CanonicalUsername, c.CanonicalEmail)
}

// appendNews writes into the log what a change is.
func appendNews(ctx context.Context, q querier, c user.Change) error {
	if c.Event == nil {
		return nil
	}
	if err := appendEvent(ctx, q, *c.Event); err != nil || c.Also == "" {
		return err
	}
	also := *c.Event
	also.Action = c.Also
	return appendEvent(ctx, q, also)
}

// ChangedUsers implements gateway.Changes.
func (s *Store) ChangedUsers(ctx context.Context, since time.Time, most int) (map[string]time.Time, error) {
	found := map[string]time.Time{}
	_, err := all(ctx, s.reads, func(row scanner) (none struct{}, err error) {
		var id string
		var at int64
		err = row.Scan(&id, &at)
		found[id] = instant(at)
		return none, err
	}, `SELECT id, changed_at FROM users WHERE changed_at >= $1 LIMIT $2`, micros(since), int64(most))
	return found, s.mean("list changed users", err)
}

func updateUser(ctx context.Context, q querier, c user.Change) error {
	affected, err := q.exec(ctx, `UPDATE users SET
			username = COALESCE($2, username), username_key = COALESCE($3, username_key),
			email = COALESCE($4, email), email_key = COALESCE($5, email_key),
			name = COALESCE($6, name), name_key = COALESCE($7, name_key),
			roles = COALESCE($8, roles), disabled = COALESCE($9, disabled), password = COALESCE($10, password),
			password_changed_at = COALESCE($11, password_changed_at), changed_at = $12, claims = COALESCE($14, claims),
			email_verified = COALESCE($15, CASE WHEN email = COALESCE($4, email) THEN email_verified ELSE 0 END)
		WHERE id = $1 AND password = COALESCE($13, password) AND email = COALESCE($16, email) AND roles = COALESCE($17, roles)`, changeArgs(c)...)
	if err != nil {
		return err
	}
	if affected > 0 {
		return voidMailCodes(ctx, q, c)
	}
	if _, err := one(ctx, q, scanValue[string], `SELECT id FROM users WHERE id = $1`, text(c.ID)); err != nil {
		return err
	}
	return fmt.Errorf("the password, the address or the roles are others by now: %w", fault.ErrConflict)
}

// changeArgs has nil where the column stays as it is.
func changeArgs(c user.Change) []any {
	var passwordAt *int64
	if c.Password != nil && !c.KeepPasswordTime {
		passwordAt = new(micros(c.At))
	}
	return []any{
		text(c.ID),
		optional(c.Username, text), optional(c.CanonicalUsername, text),
		optional(c.Email, text), optional(c.CanonicalEmail, text),
		optional(c.Name, text), optional(c.Name, func(n string) string { return fold(text(n)) }),
		optional(c.Roles, list), optional(c.Disabled, flag), optional(c.Password, reveal),
		passwordAt, micros(c.At), optional(c.IfPassword, reveal), optional(c.Claims, claims),
		optional(c.EmailVerified, flag), optional(c.IfEmail, text), optional(c.IfRoles, list),
	}
}

func reveal(password secret.String) string { return text(password.Reveal()) }

// optional converts what there is, and nil to NULL.
func optional[T, C any](value *T, convert func(T) C) *C {
	if value == nil {
		return nil
	}
	return new(convert(*value))
}

// RemoveUser implements user.Writer. The row is locked first, so that no session starts between the ending of sessions and the removal.
func (s *Store) RemoveUser(ctx context.Context, r user.Removal) error {
	return s.act(ctx, "remove user", func(ctx context.Context, q querier) error {
		if _, err := one(ctx, q, scanValue[string], `SELECT id FROM users WHERE id = $1`+s.dialect.update, text(r.ID)); err != nil {
			return err
		}
		if err := appendEvent(ctx, q, r.Event); err != nil {
			return err
		}
		if err := s.endWithUser(ctx, q, &r.Ending, r.ID, r.At, &r.Event); err != nil {
			return err
		}
		_, err := q.exec(ctx, `DELETE FROM users WHERE id = $1`, text(r.ID))
		return err
	})
}
