package jose

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// maxHeaders is how many headers are remembered. An issuer writes one for each of its keys and types.
	maxHeaders = 64
	// maxHeaderSegment is the longest segment that is remembered, in characters.
	maxHeaderSegment = 512
)

// seenHeaders remembers the headers of tokens whose signature fitted. All tokens of a key begin with the same segment, and reading it anew
// takes a fifth of what the cheapest verification takes (HMAC). What a segment says depends on nothing else, so one memory serves all.
var seenHeaders headers

// headers finds a header by its exact segment. Readers take no lock.
type headers struct {
	known atomic.Pointer[map[string]Header] // never changed, only replaced
	mu    sync.Mutex                        // held by who replaces it
}

func (h *headers) find(segment string) (Header, bool) {
	known := h.known.Load()
	if known == nil {
		return Header{}, false
	}
	header, ok := (*known)[segment]
	return header, ok
}

// add must be given headers of verified tokens alone: others could fill the memory with what nobody sends again. When it is full, it
// begins anew.
func (h *headers) add(segment string, header Header) {
	if len(segment) > maxHeaderSegment {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	next := map[string]Header{}
	if known := h.known.Load(); known != nil && len(*known) < maxHeaders {
		maps.Copy(next, *known)
	}
	next[strings.Clone(segment)] = header
	h.known.Store(&next)
}
