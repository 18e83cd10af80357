package doctest

func (s *session) show(f fence, port string) {}
