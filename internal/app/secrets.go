package app

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/secret"
)

// secretIn reads the secret that a file of the configuration holds on one line.
func secretIn(file string) (secret.String, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return secret.String{}, fmt.Errorf("cannot be read: %w", err)
	}
	return someSecret(strings.TrimRight(string(data), "\r\n"))
}

// secretOfEnv reads the secret in a variable that the configuration names.
func secretOfEnv(name string) (secret.String, error) {
	text, ok := os.LookupEnv(name)
	if !ok {
		return secret.String{}, fmt.Errorf("names the variable %s, which is not set", strconv.Quote(name))
	}
	return someSecret(text)
}

func someSecret(text string) (secret.String, error) {
	if text == "" {
		return secret.String{}, errors.New("holds no secret")
	}
	return secret.New(text), nil
}
