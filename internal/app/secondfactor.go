package app

import (
	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
)

// openSecondFactor brings together what comes after the password.
func (c *Core) openSecondFactor(m macs) {
	c.OTP = &otp.Service{
		Store: c.Store, Sealer: c.sealer, Limiter: c.Limiter, Revocations: c.Revoked, Key: m.factor,
		Name: c.Config.Name, RevokeFor: c.revokeFor(), Now: c.Now,
	}
	c.Passkeys = &passkey.Service{
		Store: c.Store, Revocations: c.Revoked, Others: c.issuers, Key: m.passkey, RevokeFor: c.revokeFor(), Now: c.Now,
	}
	c.SecondStep = &authn.SecondStep{
		Password: c.Password, Factors: c.OTP, Passkeys: c.Passkeys, RequiredFor: c.Config.SecondFactor.RequiredFor, Key: m.halfway, Now: c.Now,
	}
}

// issuers are those of the providers that people may come from.
func (c *Core) issuers() (all []string) {
	for _, p := range c.Providers.All() {
		all = append(all, p.Issuer)
	}
	return all
}
