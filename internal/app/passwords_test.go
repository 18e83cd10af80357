package app

import (
	"strconv"
	"testing"

	"github.com/lingpai/lingpai/internal/config"
)

// Config knows nothing of package password, so this holds the two to one another at the edges of what may be set.
func TestWhatTheConfigurationAcceptsCanHash(t *testing.T) {
	for _, c := range []struct {
		memoryKiB, time, threads int
		accepted                 bool
	}{
		{7168, 5, 1, true},
		{7168, 4, 1, false},
		{7167, 64, 1, false},
		{7168, 5, 16, true},
		{7168, 5, 17, false},
		{32768, 64, 1, true},
		{32769, 64, 1, false},
		{262144, 8, 16, true},
		{262144, 9, 16, false},
		{262145, 1, 1, false},
	} {
		cfg, err := config.Load("", nil, map[string]string{
			"password.argon2_memory_kib": strconv.Itoa(c.memoryKiB), "password.argon2_time": strconv.Itoa(c.time),
			"password.argon2_threads": strconv.Itoa(c.threads),
		})
		if (err == nil) != c.accepted {
			t.Errorf("%+v: config says %v", c, err)
		}
		if err != nil {
			cfg = config.Default()
			cfg.Password.Argon2MemoryKiB, cfg.Password.Argon2Time, cfg.Password.Argon2Threads = c.memoryKiB, c.time, c.threads
		}
		if _, err := newHasher(cfg, nil); (err == nil) != c.accepted {
			t.Errorf("%+v: the hasher says %v", c, err)
		}
	}
}
