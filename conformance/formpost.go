package main

// The Form Post OP plan: the modules of Basic OP once more.

func formPost() plan {
	p := basic()
	p.name, p.title, p.about = "oidcc-formpost-basic-certification-test-plan", "Form Post OP", "The modules of Basic OP, with every answer in the body of a POST (`response_mode=form_post`)."
	p.each = func(t *T) {
		if !t.lists("response_modes_supported", "form_post") {
			panic(stop{notBuilt, "the metadata does not name form_post"})
		}
		t.mode = "form_post"
	}
	return p
}
