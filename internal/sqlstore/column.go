package sqlstore

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/lingpai/lingpai/internal/user"
)

// micros is how a time is stored.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant is the stored time, in UTC.
func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// flag is how a boolean is stored.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// text is how words of a client are stored: valid UTF-8 without NUL, which is all that PostgreSQL takes. What cannot be stored becomes U+FFFD.
func text(s string) string {
	if storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// storable reports whether s can be stored as it is. What cannot be, cannot be found either.
func storable(s string) bool {
	return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0
}

// list is how a list is stored. An empty list is read back as nil.
func list(words []string) string {
	if len(words) == 0 {
		return "[]"
	}
	// Strings always have a JSON form.
	b, _ := json.Marshal(words)
	return string(b)
}

func parseList(stored string) (words []string, err error) {
	if stored == "[]" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(stored), &words); err != nil {
		return nil, fmt.Errorf("read stored list: %w", err)
	}
	return words, nil
}

// longestSought is more than the bytes of any name that is stored: a longer text is in none of them, nor is its beginning. SQLite takes no pattern of more than
// 50,000 bytes.
const longestSought = 8 << 10

// pattern is a LIKE pattern for what contains s. The statement says ESCAPE '!'.
func pattern(s string) string {
	if len(s) > longestSought {
		s = strings.ToValidUTF8(s[:longestSought], "")
	}
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// claims is how claims are stored: "" for none, so that nobody pays for reading them who has none.
func claims(c user.Claims) string {
	if len(c) == 0 {
		return ""
	}
	b, _ := json.Marshal(c) // Strings always have a JSON form.
	return string(b)
}

func parseClaims(stored string) (c map[string]string, err error) {
	if stored == "" {
		return nil, nil //nolint:nilnil // no claims are no mistake
	}
	if err := json.Unmarshal([]byte(stored), &c); err != nil {
		return nil, fmt.Errorf("read claims: %w", err)
	}
	return c, nil
}
