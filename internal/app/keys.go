package app

import (
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/keys"
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
