package webui

// DevReason is why the dev server, or a browser, kept from an app what it asked for: the code of a sentence, and what stands in it.
type DevReason struct {
	Code string
	Args []any // as those of [Lang.Refusal], and CORSPhrase
}

// String is the sentence in English, for the log and the terminal.
func (r DevReason) String() string { return English.DevReason(r) }

// DevReasons are several, each a sentence with its full stop. As an argument of a refusal they are worded in its language.
type DevReasons []DevReason

// String is what they say in English.
func (r DevReasons) String() string { return English.devReasons(r) }

func (l Lang) devReasons(all DevReasons) string {
	said := make([]string, len(all))
	for i, one := range all {
		said[i] = l.DevReason(one)
	}
	return l.join(said...)
}

// CORSPhrase is a phrase of package cors by its code.
type CORSPhrase struct {
	Code string
	Args []any // strings, numbers, and phrases again
}

// DevReason words a reason.
func (l Lang) DevReason(r DevReason) string {
	return l.text("dev.reason."+r.Code, l.phrased(r.Args)...)
}

func (l Lang) phrased(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
		if p, ok := a.(CORSPhrase); ok {
			out[i] = l.text(devSayings+"cors.says."+p.Code, l.phrased(p.Args)...)
		}
	}
	return out
}

// Semicolon is what stands between reasons.
func (l Lang) Semicolon() string {
	if l == Chinese {
		return "；"
	}
	return "; "
}
