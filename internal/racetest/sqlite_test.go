//go:build !postgres

package racetest

// tags are those of the servers.
const tags = ""
