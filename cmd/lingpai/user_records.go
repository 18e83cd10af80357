package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lingpai/lingpai/internal/strictjson"
	"github.com/lingpai/lingpai/internal/user"
)

// imported is one account of an import, with the line that it stands in.
type imported struct {
	line int
	user user.New
}

// lineProblem is what is wrong with one line.
type lineProblem struct {
	line int
	text string
}

// parseRecords reads JSON lines or CSV. Lines that do not read are problems, and reading goes on behind them.
func parseRecords(text []byte) ([]imported, []lineProblem) {
	start := bytes.TrimSpace(text)
	switch {
	case len(start) == 0:
		return nil, []lineProblem{{1, "there is nothing here"}}
	case start[0] == '[':
		return nil, []lineProblem{{1, "this is one JSON array; write one object to a line instead, without commas between them"}}
	case start[0] == '{':
		return parseJSONLines(text)
	}
	return parseCSV(text)
}

func parseJSONLines(text []byte) (records []imported, problems []lineProblem) {
	line := 0
	for content := range bytes.Lines(text) {
		line++
		content = bytes.TrimSpace(content)
		if len(content) == 0 {
			continue
		}
		r := imported{line: line, user: user.New{Source: byOperator}}
		if err := strictjson.ParseObject(content, r.member); err != nil {
			problems = append(problems, lineProblem{line, jsonProblem(err)})
			continue
		}
		records = append(records, r)
	}
	return records, problems
}

// jsonProblem leaves out the line, which is always the first one to the parser.
func jsonProblem(err error) string {
	if e, ok := errors.AsType[*strictjson.SyntaxError](err); ok {
		return fmt.Sprintf("column %d: %s", e.Column, e.Msg)
	}
	return err.Error()
}

func (r *imported) member(name string, v strictjson.Value) (err error) {
	switch name {
	case "username":
		r.user.Username, err = v.String()
	case "email":
		r.user.Email, err = v.String()
	case "email_verified":
		r.user.EmailVerified, err = v.Bool()
	case "name":
		r.user.Name, err = v.String()
	case "roles":
		r.user.Roles, err = v.Strings()
	case "password_hash":
		r.user.Imported, err = v.String()
	default:
		return errors.New(unknownColumn("member", name))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// columns are what CSV may have.
var columns = []string{"username", "email", "email_verified", "name", "roles", "password_hash"}

func unknownColumn(kind, name string) string {
	if strings.EqualFold(name, "password") {
		return "passwords themselves are not imported; give their hashes as password_hash"
	}
	return fmt.Sprintf("there is no %s %q; known are %s", kind, name, strings.Join(columns, ", "))
}

func parseCSV(text []byte) (records []imported, problems []lineProblem) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1 // counted below, where it can be said better
	head, err := r.Read()
	if err != nil {
		return nil, []lineProblem{csvProblem(err)}
	}
	if problems := checkHead(head); len(problems) > 0 {
		return nil, problems
	}
	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return records, problems
		}
		if err != nil {
			return records, append(problems, csvProblem(err)) // what stands behind an open quote cannot be read
		}
		line, _ := r.FieldPos(0)
		if len(fields) != len(head) {
			problems = append(problems, lineProblem{line, fmt.Sprintf("%s where the first line names %d", count(len(fields), "field", "fields"), len(head))})
			continue
		}
		r, err := fromFields(line, head, fields)
		if err != nil {
			problems = append(problems, lineProblem{line, err.Error()})
			continue
		}
		records = append(records, r)
	}
}

func checkHead(head []string) (problems []lineProblem) {
	for i, name := range head {
		switch {
		case !slices.Contains(columns, name):
			problems = append(problems, lineProblem{1, unknownColumn("column", printable(name))})
		case slices.Contains(head[:i], name):
			problems = append(problems, lineProblem{1, fmt.Sprintf("the column %s stands there twice", name)})
		}
	}
	if len(problems) == 0 && !slices.Contains(head, "username") {
		problems = append(problems, lineProblem{1, "the column username is missing"})
	}
	return problems
}

func csvProblem(err error) lineProblem {
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return lineProblem{e.Line, fmt.Sprintf("column %d: %v", e.Column, e.Err)}
	}
	return lineProblem{1, err.Error()}
}

func fromFields(line int, head, fields []string) (r imported, err error) {
	r = imported{line: line, user: user.New{Source: byOperator}}
	for i, name := range head {
		switch name {
		case "username":
			r.user.Username = fields[i]
		case "email":
			r.user.Email = fields[i]
		case "email_verified":
			r.user.EmailVerified, err = strconv.ParseBool(cmp.Or(fields[i], "false"))
			if err != nil {
				return r, fmt.Errorf("email_verified is true or false, not %q", fields[i])
			}
		case "name":
			r.user.Name = fields[i]
		case "roles":
			r.user.Roles = strings.Fields(fields[i])
		case "password_hash":
			r.user.Imported = fields[i]
		}
	}
	return r, nil
}
