package bench

// Render is written later.
func Render(o Options) error { return nil }
