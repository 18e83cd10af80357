package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lingpai/lingpai/internal/fault"
	"github.com/lingpai/lingpai/internal/grant"
	"github.com/lingpai/lingpai/internal/session"
)

// AddDevice implements grant.Devices.
func (s *Store) AddDevice(ctx context.Context, h, userCode grant.Hash, d grant.Device) error {
	document, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("add device: %w", err)
	}
	return s.act(ctx, "add device", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, `INSERT INTO devices
			(hash, user_code, client_id, document, created_at, expires_at, polled_at, pace, status, parent, approval, session_id)
			VALUES ($1, $2, $3, $4, $5, $6, 0, $7, '', '', '', '')`,
			h.String(), userCode.String(), text(d.ClientID), text(string(document)), micros(d.CreatedAt), micros(d.ExpiresAt), d.Pace.Microseconds())
		return err
	})
}

const selectDevices = `SELECT client_id, document, created_at, expires_at, polled_at, pace, status, parent, approval, session_id FROM devices `

func scanDevice(row scanner) (d grant.Device, err error) {
	var document, status, parent, approval, sessionID string
	var created, expires, polled, pace int64
	if err := row.Scan(&d.ClientID, &document, &created, &expires, &polled, &pace, &status, &parent, &approval, &sessionID); err != nil {
		return grant.Device{}, err
	}
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return grant.Device{}, fmt.Errorf("read device: %w", err)
	}
	d.CreatedAt, d.ExpiresAt, d.PolledAt = instant(created), instant(expires), instant(polled)
	d.Pace, d.Status = time.Duration(pace)*time.Microsecond, grant.DeviceStatus(status)
	d.Session, _ = session.ParseID(sessionID) // zero when nothing came of it
	if approval != "" {
		d.Approval, err = parseApproval(parent, approval)
	}
	return d, err
}

// DeviceByUserCode implements grant.Devices.
func (s *Store) DeviceByUserCode(ctx context.Context, userCode grant.Hash) (grant.Device, error) {
	d, err := one(ctx, s.reads, scanDevice, selectDevices+`WHERE user_code = $1`, userCode.String())
	return d, s.mean("read device", err)
}

// PollDevice implements grant.Devices.
func (s *Store) PollDevice(ctx context.Context, p grant.DevicePoll) (d grant.Device, soon bool, err error) {
	err = s.act(ctx, "poll device", func(ctx context.Context, q querier) error {
		soon = false // if it is run again
		d, err = one(ctx, q, scanDevice, selectDevices+`WHERE hash = $1 AND client_id = $2`+s.dialect.update, p.Hash.String(), text(p.ClientID))
		if err != nil {
			return err
		}
		if !d.PolledAt.IsZero() && p.At.Before(d.PolledAt.Add(d.Pace-p.Slack)) {
			soon, d.Pace = true, d.Pace+p.Slower
		}
		d.PolledAt = p.At
		_, err = q.exec(ctx, `UPDATE devices SET polled_at = $2, pace = $3 WHERE hash = $1`, p.Hash.String(), micros(p.At), d.Pace.Microseconds())
		return err
	})
	if err != nil {
		return grant.Device{}, false, err
	}
	return d, soon, nil
}

// AnswerDevice implements grant.Devices.
func (s *Store) AnswerDevice(ctx context.Context, a grant.DeviceAnswer) error {
	approval := ""
	if a.Status == grant.DeviceAllowed {
		document, err := json.Marshal(a.Approval)
		if err != nil {
			return fmt.Errorf("answer device: %w", err)
		}
		approval = string(document)
	}
	return s.act(ctx, "answer device", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, `UPDATE devices SET status = $2, parent = $3, approval = $4 WHERE user_code = $1 AND status = '' AND expires_at > $5`,
			a.UserCode.String(), string(a.Status), a.Approval.Parent.String(), approval, micros(a.At))
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("no device waits: %w", fault.ErrConflict)
		}
		return appendEvent(ctx, q, a.Event)
	})
}

// RedeemDevice implements grant.Devices.
func (s *Store) RedeemDevice(ctx context.Context, r grant.Redemption) error {
	return s.act(ctx, "redeem device", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, `UPDATE devices SET status = 'spent', session_id = $2 WHERE hash = $1 AND status = 'allowed'`,
			r.Hash.String(), r.Opening.Session.ID.String())
		if err != nil {
			return err
		}
		if n == 0 {
			return grant.ErrSpent
		}
		d, err := one(ctx, q, scanDevice, selectDevices+`WHERE hash = $1`, r.Hash.String())
		switch {
		case errors.Is(err, fault.ErrNotFound):
			return grant.ErrSpent
		case err != nil:
			return err
		case !r.At.Before(d.ExpiresAt):
			return fmt.Errorf("the device has waited too long: %w", fault.ErrConflict)
		}
		if err := s.stillLives(ctx, q, d.Approval.Parent, r.At); err != nil {
			return err
		}
		if err := s.startSession(ctx, q, r.Opening); err != nil {
			return err
		}
		return addGrant(ctx, q, r.Opening.Session.ID, d.Approval)
	})
}
