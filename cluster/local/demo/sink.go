package demo

import (
	"io"
	"sync"
)

// A sink takes what is said to the caller, by anybody at any time, until the
// caller is let go.
type sink struct {
	mu     sync.Mutex
	caller io.WriteCloser
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.caller != nil {
		// The caller may be gone, which is found out elsewhere.
		_, _ = s.caller.Write(p)
	}
	return len(p), nil
}

// detach ends the caller's input.
func (s *sink) detach() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.caller != nil {
		_ = s.caller.Close()
		s.caller = nil
	}
}

// keepOpen is a writer that is not the demo's to close.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }
