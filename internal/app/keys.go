package app

import (
	"github.com/lingpai/lingpai/internal/config"
	"github.com/lingpai/lingpai/internal/keys"
)

// LoadMaster finds the configured master key, which must exist, and says where it came from.
func LoadMaster(cfg *config.Config) (key []byte, source string, err error) {
	return loadMaster(cfg, false)
}

func loadMaster(cfg *config.Config, mayCreate bool) (key []byte, source string, err error) {
	return keys.LoadMaster(cfg.MasterKey.Reveal(), cfg.MasterKeyFile, cfg.Data, mayCreate)
}

// openSealer finds the master key. A new one may be made only while the database holds nothing that another one has sealed.
func openSealer(cfg *config.Config, holdsKeys bool) (*keys.Sealer, error) {
	if cfg.MasterKey.Empty() && cfg.MasterKeyFile == "" {
		if err := makeDataFolder(cfg.Data); err != nil {
			return nil, err
		}
	}
	master, _, err := loadMaster(cfg, !holdsKeys)
	if err != nil {
		return nil, err
	}
	return keys.NewSealer(master)
}
