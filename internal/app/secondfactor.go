package app

import (
	"github.com/lingpai/lingpai/internal/authn"
	"github.com/lingpai/lingpai/internal/otp"
)

// openSecondFactor brings together what comes after the password.
func (c *Core) openSecondFactor(m macs) {
	c.OTP = &otp.Service{
		Store: c.Store, Sealer: c.sealer, Limiter: c.Limiter, Revocations: c.Revoked, Key: m.factor,
		Name: c.Config.Name, RevokeFor: c.revokeFor(), Now: c.Now,
	}
	c.SecondStep = &authn.SecondStep{
		Password: c.Password, Factors: c.OTP, RequiredFor: c.Config.SecondFactor.RequiredFor, Key: m.halfway, Now: c.Now,
	}
}
