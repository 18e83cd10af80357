package main

import (
	"github.com/spf13/cobra"

	"github.com/lingpai/lingpai/internal/app"
)

func newDevImport() *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Print a dev file made of a vue.config.js, webpack.config.js or vite.config.ts",
		Long: "Run the configuration of Vue CLI, webpack or vite, and print what it says of mocks and proxies as a dev file. Nothing has to be\n" +
			"installed: plugins are stood in for by ones that do nothing. What cannot be carried over is a comment that says what to do.",
		Example: "  lingpai dev import vue.config.js > lingpai.dev.yaml",
		Args:    takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := app.ImportDevFile(args[0])
			if err != nil {
				return err
			}
			newPage(cmd.OutOrStdout()).printf("%s", text)
			return nil
		},
	}
}
