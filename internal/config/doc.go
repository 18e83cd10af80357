// Package config reads Lingpai's configuration: one [Config] struct, whose field comments are the manual.
//
// A value comes from, in order of precedence: a command-line flag, an environment variable, the YAML file, [Default]. Every setting can
// be given in each way: `token.lifetime` of the file is LINGPAI_TOKEN_LIFETIME in the environment. A list is a YAML list in the file and
// comma-separated elsewhere.
//
// Reading is strict. An unknown key, an unknown LINGPAI_ variable or a value that makes no sense stops the server, and [Load] reports
// all problems at once: where each value came from (file, line and column; variable; flag), what is wrong, and how to mend it.
// A configuration that would be unsafe is a problem like any other.
//
// A new field must have a default that leaves old configurations working. The package knows nothing of the rest of Lingpai; package app
// hands the values on.
package config
