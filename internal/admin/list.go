package admin

import "net/url"

// rowsOfAPage is how many rows a list shows at once.
const rowsOfAPage = 25

// cut keeps as many rows as were asked for, of which one more was read, and returns the cursor of the last if there are more.
func cut[T any](rows []T, limit int, cursor func(T) string) (kept []T, next string) {
	if len(rows) <= limit {
		return rows, ""
	}
	return rows[:limit], cursor(rows[limit-1])
}

// following is the address of the next page of a list: asked again, from another place on.
func following(path string, asked url.Values, name, from string) string {
	q := url.Values{}
	for key, values := range asked {
		if key != "done" && key != "n" {
			q[key] = values
		}
	}
	q.Set(name, from)
	return path + "?" + q.Encode()
}
