package config

import (
	"context"
	"crypto/sha256"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const (
	// healthAge is how long what a metal-stack says of its user is believed.
	// A refused request ends it at once.
	healthAge = 5 * time.Minute

	// healthTimeout bounds the requests that ask for it.
	healthTimeout = 15 * time.Second
)

// health of a metal-stack, as its user sees it.
type health struct {
	role    metal.Role
	version string
}

// A session with a metal-stack under one set of credentials.
type session struct {
	stack       metal.Stack
	fingerprint [sha256.Size]byte

	asking singleflight.Group

	mu     sync.Mutex
	health health
	asked  time.Time
}

// Role of the user, a few minutes old at most.
func (s *session) Role(ctx context.Context) (metal.Role, error) {
	h, err := s.Health(ctx)
	return h.role, err
}

// Health of the metal-stack, a few minutes old at most. Everybody who asks at
// the same time shares one answer.
func (s *session) Health(ctx context.Context) (health, error) {
	s.mu.Lock()
	h, fresh := s.health, time.Since(s.asked) < healthAge
	s.mu.Unlock()
	if fresh {
		return h, nil
	}

	answer := s.asking.DoChan("", func() (any, error) {
		// Not ended by whoever happened to ask first.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), healthTimeout)
		defer cancel()
		return s.ask(ctx)
	})
	select {
	case <-ctx.Done():
		return health{}, ctx.Err()
	case a := <-answer:
		if a.Err != nil {
			return health{}, a.Err
		}
		h, _ := a.Val.(health)
		return h, nil
	}
}

func (s *session) ask(ctx context.Context) (health, error) {
	role, err := s.stack.Role(ctx)
	if err != nil {
		return health{}, err
	}
	version, err := s.stack.Version(ctx)
	if err != nil {
		return health{}, err
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	s.health, s.asked = health{role: role, version: version}, time.Now()
	return s.health, nil
}

// doubt what is known: the user's role may have changed.
func (s *session) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = time.Time{}
}

// close what is idle. Requests under way end as they would have.
func (s *session) close() {
	if c, ok := s.stack.(io.Closer); ok {
		_ = c.Close() // It is not used any more, whatever it says.
	}
}
