// Package racetest proves the promise of package session on real processes: no honest user is ever logged out by accident, and no
// dishonest one stays in. It holds tests only.
//
// Two servers, built as they are shipped, share one database. Between them and their clients stands a network that loses answers, cuts
// connections, repeats and delays requests; now and then a server is killed (SIGKILL) and started again. Browsers with many tabs refresh
// through it by the rules of a client, and thieves come back later with a token that they copied. Every exchange is recorded as it went
// over the wire, and afterwards the record is held against a sequential model of refreshing: it must be linearizable, it must show one
// chain of tokens a session, every theft must have been caught, and nobody else may have been signed out.
//
// Sessions that are bound to a DPoP key race in a test of their own: there, thieves without the key use everything that was ever issued,
// all the time, and neither get nor end anything.
//
// All choices follow from a seed, which is printed; LINGPAI_TEST_SEED repeats them. The interleaving is the machine's.
package racetest
