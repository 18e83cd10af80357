package main

import (
	"net"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
	"github.com/lingpai/lingpai/internal/config"
)

func newConfig() *cobra.Command {
	return newFamily("config", "Check the configuration, or print what is in force", newConfigCheck(), newConfigPrint())
}

func newConfigCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Say what is wrong with the configuration, and where",
		Long: "Read flags, environment and the file of --config as serve would, and say everything that is wrong, with line and column.\n" +
			"Nothing is started and nothing on disk is changed. What the machine has to do with it, lingpai doctor looks at.",
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			if err := checkParts(cfg); err != nil {
				return usageError{err}
			}
			issuer, err := configuredIssuer(cfg)
			if err != nil {
				return usageError{err}
			}
			newPage(cmd.OutOrStdout()).printf("The configuration is in order: %s, data in %s.\n", issuer, dataPlace(cfg))
			return nil
		},
	}
}

// checkParts makes what serve makes of the configuration and its files: the clients, the providers, the way
// to the mail server and the list of stolen passwords.
func checkParts(cfg *config.Config) error {
	_, err := app.ConfiguredClients(cfg)
	if err == nil {
		_, err = app.ConfiguredProviders(cfg)
	}
	if err == nil {
		_, err = app.ConfiguredMail(cfg)
	}
	if err == nil {
		err = app.CheckStolen(cfg)
	}
	return err
}

// configuredIssuer is the issuer of a server that listens where the configuration says.
func configuredIssuer(cfg *config.Config) (string, error) {
	_, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return "", usage("listen is %q, which is not host:port", cfg.Listen)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return "", usage("listen is %q, whose port is not a number", cfg.Listen)
	}
	return cfg.ResolveIssuer(n)
}

func dataPlace(cfg *config.Config) string {
	if cfg.Database.Empty() {
		return cfg.Data
	}
	return "the configured database"
}

func newConfigPrint() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the configuration that is in force, and where each value came from",
		Long:  "Print the configuration that is in force, and where each value came from. Secrets are left out, so it can be shown around.",
		Args:  takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if format != "yaml" && format != "json" {
				return usage("--format is yaml or json, not %q", format)
			}
			cfg, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			return cfg.Print(cmd.OutOrStdout(), format)
		},
	}
	cmd.Flags().StringVar(&format, "format", "yaml", "the `FORMAT` to print: yaml or json")
	return cmd
}
