package app

import (
	"context"
	"sync"
	"time"

	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/jose"
	"github.com/lingpai/lingpai/internal/keys"
	"github.com/lingpai/lingpai/internal/token"
)

// openSealer finds the master key. A new one may be made only while the database holds nothing that another one has sealed.
func openSealer(cfg *config.Config, holdsKeys bool) (*keys.Sealer, error) {
	if cfg.MasterKey.Empty() && cfg.MasterKeyFile == "" {
		if err := makeDataFolder(cfg.Data); err != nil {
			return nil, err
		}
	}
	master, _, err := keys.LoadMaster(cfg.MasterKey.Reveal(), cfg.MasterKeyFile, cfg.Data, !holdsKeys)
	if err != nil {
		return nil, err
	}
	return keys.NewSealer(master)
}

// refetchAfter is how often an unknown key id may send us to the store: another process may have made a key a moment ago, and
// strangers can invent as many ids as they like.
const refetchAfter = 2 * time.Second

// ownKeys finds our own published keys, for judging our own tokens.
func ownKeys(ring *keys.Ring, now func() time.Time) token.KeyFunc {
	var mu sync.Mutex
	var asked time.Time // guarded by mu
	mayAsk := func() bool {
		mu.Lock()
		defer mu.Unlock()
		if now().Sub(asked) < refetchAfter {
			return false
		}
		asked = now()
		return true
	}
	return func(ctx context.Context, kid string) (*jose.Key, error) {
		if key := ring.Key(kid); key != nil || !mayAsk() {
			return key, nil
		}
		if err := ring.Refresh(ctx); err != nil {
			return nil, err
		}
		return ring.Key(kid), nil
	}
}
