package app

import (
	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/otp"
	"github.com/lingpai/lingpai/internal/passkey"
	"github.com/lingpai/lingpai/internal/seal"
)

// openSecondFactor brings together what comes after the password, or in its place.
func (c *Core) openSecondFactor(own ownKeys) error {
	begun, err := seal.NewBox(own.passkey)
	if err != nil {
		return err
	}
	halfway, err := seal.NewBox(own.halfway)
	if err != nil {
		return err
	}
	c.OTP = &otp.Service{
		Store: c.Store, Sealer: c.sealer, Limiter: c.Limiter, Revocations: c.Revoked, Key: own.factor,
		Name: c.Config.Name, RevokeFor: c.revokeFor(), Now: c.Now,
	}
	c.Passkeys = &passkey.Service{
		Store: c.Store, Revocations: c.Revoked, Others: c.issuers, Box: begun, RevokeFor: c.revokeFor(), Now: c.Now,
	}
	c.SecondStep = &authn.SecondStep{
		Password: c.Password, Factors: c.OTP, Passkeys: c.Passkeys, RequiredFor: c.Config.SecondFactor.RequiredFor, Box: halfway, Now: c.Now,
	}
	return nil
}

// issuers are those of the providers that people may come from.
func (c *Core) issuers() (all []string) {
	for _, p := range c.Providers.All() {
		all = append(all, p.Issuer)
	}
	return all
}
