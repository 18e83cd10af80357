// Package password turns passwords into hashes and judges them, and says which passwords are good enough to be chosen.
package password
