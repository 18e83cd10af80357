package config

func (v *validator) signUp() {
	s := v.config.SignUp
	if s.Enabled && v.config.Mail.Server == "" {
		v.refuse("sign_up.enabled", "needs mail.server: an account is made by a link that is mailed")
	}
	for i, d := range s.Domains {
		if !isHost(d) {
			v.refuse(itemKey("sign_up.domains", i), "%s is no domain; write it in small letters, like example.com", quoted(d))
		}
	}
	v.words("sign_up.roles", s.Roles)
	for i, r := range s.Roles {
		if r == "admin" {
			v.refuse(itemKey("sign_up.roles", i), "would make everybody who signs up an administrator; "+
				"leave it out, and give it to single people with lingpai user set NAME --role admin")
		}
	}
}
