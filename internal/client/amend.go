package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lingpai/lingpai/internal/audit"
)

// Amend gives a client of the store other settings, in one act, and returns what it was and what it is. Its profile, the way in which it proves who it
// is and the subjects by which it knows people are not for change to touch. If all stays as it was, nothing is done. The error is fault.ErrConflict when
// somebody else has changed the settings meanwhile.
func (r *Registry) Amend(ctx context.Context, id string, change func(*Settings) error, src audit.Source) (was, is Client, err error) {
	if was, err = r.changeable(ctx, id); err != nil {
		return Client{}, Client{}, err
	}
	is = was
	if err := change(&is.Settings); err != nil {
		return Client{}, Client{}, err
	}
	if err := errors.Join(is.Check(), r.checkFetched(&is), r.CheckServed(&is.Settings)); err != nil {
		return Client{}, Client{}, err
	}
	changed, err := differences(was.Settings, is.Settings)
	if err != nil || len(changed) == 0 {
		return was, is, err
	}
	defer r.known.forget(id)
	return was, is, r.Store.ReplaceSettings(ctx, id, was.Settings, is.Settings, r.changed(id, strings.Join(changed, ", "), src))
}

// differences are the names of the settings that differ, in order.
func differences(a, b Settings) (names []string, err error) {
	in, err := members(a)
	if err != nil {
		return nil, err
	}
	other, err := members(b)
	if err != nil {
		return nil, err
	}
	all := maps.Clone(in)
	maps.Copy(all, other)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !bytes.Equal(in[name], other[name]) {
			names = append(names, name)
		}
	}
	return names, nil
}

// members are settings by their names, as they are stored.
func members(s Settings) (out map[string]json.RawMessage, err error) {
	text, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("write settings: %w", err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	return out, nil
}
