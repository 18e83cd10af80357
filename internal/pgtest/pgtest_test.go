package pgtest

import (
	"errors"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestEachTestGetsAnEmptyDatabase(t *testing.T) {
	for range 2 {
		conn, err := pgx.Connect(t.Context(), Database(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (id BIGINT)"); err != nil {
			t.Error(err)
		}
		if err := conn.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestACopyHoldsWhatTheOtherHeldAndIsApart(t *testing.T) {
	do := func(address, text string) error {
		conn, err := pgx.Connect(t.Context(), address)
		if err != nil {
			return err
		}
		_, err = conn.Exec(t.Context(), text)
		return errors.Join(err, conn.Close(t.Context()))
	}
	filled := Database(t)
	if err := do(filled, "CREATE TABLE mine (id BIGINT)"); err != nil {
		t.Fatal(err)
	}
	one, two := Copy(t, filled), Copy(t, filled)
	if err := do(one, "DROP TABLE mine"); err != nil {
		t.Error(err)
	}
	if err := do(two, "INSERT INTO mine VALUES (1)"); err != nil {
		t.Error(err)
	}
}
