package revoked

import "slices"

// table is an open-addressed hash table of entries. It is filled by one goroutine and not changed after others can see it.
type table struct {
	// slots hold fingerprints, 0 where free; at most half of them are taken, so that a probe ends soon. at holds, for each taken slot,
	// the index of its entry.
	slots   []uint64
	at      []uint32
	entries []Entry
}

// minSlots keeps even the empty table from being a special case of a probe.
const minSlots = 8

func newTable(capacity int) *table {
	n := minSlots
	for n < 2*capacity {
		n *= 2
	}
	return &table{slots: make([]uint64, n), at: make([]uint32, n), entries: make([]Entry, 0, capacity)}
}

// clone copies a table for more entries to be put in.
func (t *table) clone(more int) *table {
	if 2*(len(t.entries)+more) <= len(t.slots) {
		return &table{slices.Clone(t.slots), slices.Clone(t.at), slices.Clone(t.entries)}
	}
	c := newTable(len(t.entries) + more)
	for _, e := range t.entries {
		c.put(e)
	}
	return c
}

// slot is where a fingerprint is, or where it would be put. Fingerprints are uniform already, so they are their own hash.
func (t *table) slot(mark uint64) int {
	mask := uint64(len(t.slots) - 1)
	i := mark & mask
	for t.slots[i] != 0 && t.slots[i] != mark {
		i = (i + 1) & mask
	}
	return int(i)
}

func (t *table) find(mark uint64) (Entry, bool) {
	i := t.slot(mark)
	if t.slots[i] == 0 {
		return Entry{}, false
	}
	return t.entries[t.at[i]], true
}

// put adds an entry. Of two for the same value, the union stands: whatever either of them calls back.
func (t *table) put(e Entry) {
	i := t.slot(e.Print)
	if t.slots[i] == 0 {
		t.slots[i], t.at[i] = e.Print, uint32(len(t.entries))
		t.entries = append(t.entries, e)
		return
	}
	known := &t.entries[t.at[i]]
	known.At, known.Until = max(known.At, e.At), max(known.Until, e.Until)
}

// living copies the entries that a token can still meet.
func (t *table) living(now uint32, into *table) {
	for _, e := range t.entries {
		if e.Until > now {
			into.put(e)
		}
	}
}
