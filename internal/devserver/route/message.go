package route

// Message is what a message of a WebSocket must be like. The zero value is met by all.
type Message struct {
	// Whole is for all of it; nil where it does not matter.
	Whole *Test
	// Members are those of JSON by their place, as "user.name".
	Members map[string]Test
}

// Met reports whether a message is like that.
func (m Message) Met(data []byte) bool {
	if m.Whole != nil && !m.Whole.holds([]string{string(data)}) {
		return false
	}
	return len(m.Members) == 0 || first(m.Members, Fields("application/json", data)) == ""
}
