package racetest

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// kind is what a client asked for.
type kind string

const (
	refreshing kind = "refresh"
	confirming kind = "confirm"
	using      kind = "use" // of an access token, which confirms the refresh token that came with it
)

// never is when an exchange ends of which nobody saw the end: it may take effect at any time after its begin, or not at all.
const never = time.Duration(math.MaxInt64 / 4)

// exchange is one request as it went over the wire, and its answer. Times count from the begin of the test.
type exchange struct {
	kind      kind
	session   string
	number    uint32 // of the refresh token presented, or that came with the access token presented
	call, end time.Duration
	code      string // "" for success
	successor uint32
	token     string // the successor
}

func (x exchange) answered() bool { return x.end != never }

func (x exchange) String() string {
	outcome := "?"
	switch {
	case x.answered() && x.code != "":
		outcome = x.code
	case x.answered() && x.kind == refreshing:
		outcome = strconv.FormatUint(uint64(x.successor), 10)
	case x.answered():
		outcome = "done"
	}
	end := "never"
	if x.answered() {
		end = x.end.Round(time.Microsecond).String()
	}
	return fmt.Sprintf("%-8s %d -> %-15s from %v to %s", x.kind, x.number, outcome, x.call.Round(time.Microsecond), end)
}

// history is everything that went over the wire.
type history struct {
	begin time.Time

	mu        sync.Mutex // guards what follows
	exchanges []exchange
	// alarm is closed when there are so many exchanges.
	alarms map[int]chan struct{}
}

func newHistory() *history {
	return &history{begin: time.Now(), alarms: map[int]chan struct{}{}}
}

func (h *history) now() time.Duration { return time.Since(h.begin) }

func (h *history) add(x exchange) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.exchanges = append(h.exchanges, x)
	if alarm := h.alarms[len(h.exchanges)]; alarm != nil {
		close(alarm)
	}
}

// after returns a channel that is closed when n more exchanges have been recorded.
func (h *history) after(n int) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	alarm := make(chan struct{})
	h.alarms[len(h.exchanges)+n] = alarm
	return alarm
}

// bySession splits the history.
func (h *history) bySession() map[string][]exchange {
	h.mu.Lock()
	defer h.mu.Unlock()
	split := map[string][]exchange{}
	for _, x := range h.exchanges {
		split[x.session] = append(split[x.session], x)
	}
	return split
}

// readRefreshToken reads session id and number from a refresh token: both stand in it in the clear.
func readRefreshToken(token string) (session string, number uint32) {
	raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(token, "lpr_"))
	if err != nil || len(raw) != 36 {
		return "", 0
	}
	return base64.RawURLEncoding.EncodeToString(raw[:16]), binary.BigEndian.Uint32(raw[16:20])
}
