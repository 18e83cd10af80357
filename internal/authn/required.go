package authn

import "slices"

// Required are the roles whose people must have a second factor; [Everybody] stands for all people, whatever their roles.
type Required []string

// Everybody is written in the place of a role. No role is named so.
const Everybody = "*"

// Of reports whether people with these roles must have one.
func (q Required) Of(roles []string) bool {
	return q.OfEverybody() || slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(q, r) })
}

// OfEverybody reports whether no password stands alone, and none can come to.
func (q Required) OfEverybody() bool { return slices.Contains(q, Everybody) }
