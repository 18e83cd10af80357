//go:build postgres

package racetest

import (
	"testing"

	"github.com/lingpai/lingpai/internal/pgtest"
)

// tags are those of the servers.
const tags = "postgres"

func TestRefreshRaceOnPostgreSQL(t *testing.T) { race(t, newPlace(t, pgtest.Database(t))) }
