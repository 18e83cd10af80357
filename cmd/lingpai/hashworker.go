package main

import (
	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/password"
)

const hashWorkerName = "hash-worker"

// newHashWorker is the second process of a server: it hashes passwords at a low priority. The server starts it; nobody else needs it.
func newHashWorker() *cobra.Command {
	return &cobra.Command{
		Use:    hashWorkerName,
		Short:  "Hash passwords for a server (started by it)",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return password.ServeWorker(cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
}
