package config

import (
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// An Observer is told of each request to a metal-stack: what it was for, the
// status of the answer (0 if there was none) and how many seconds it took.
type Observer func(operation string, status int, seconds float64)

// A NewStack makes a client of the metal-stack that the configuration of a uid
// describes, which tells an observer of its requests.
type NewStack func(uid types.UID, cfg metal.Config, observe Observer) (metal.Stack, error)

// Stacks holds one client for each configuration, and makes a new one when the
// configuration or its Secret have changed. It is safe for concurrent use.
type Stacks struct {
	create NewStack

	mu       sync.Mutex
	sessions map[types.UID]*session
}

// NewStacks that makes clients with the supplied function.
func NewStacks(create NewStack) *Stacks {
	return &Stacks{create: create, sessions: map[types.UID]*session{}}
}

// session for the configuration of that uid.
func (s *Stacks) session(uid types.UID, cfg metal.Config) (*session, error) {
	sum := fingerprint(cfg)

	s.mu.Lock()
	defer s.mu.Unlock()
	old, ok := s.sessions[uid]
	if ok && old.fingerprint == sum {
		return old, nil
	}

	fresh := &session{fingerprint: sum}
	stack, err := s.create(uid, cfg, func(_ string, status int, _ float64) {
		// metal-api answers 403 to every user that it does not know or that
		// may not do what was asked, never 401.
		if status == http.StatusForbidden {
			fresh.doubt()
		}
	})
	if err != nil {
		return nil, err
	}
	fresh.stack = stack
	s.sessions[uid] = fresh
	if ok {
		old.close()
	}
	return fresh, nil
}

// forget the configuration of that uid.
func (s *Stacks) forget(uid types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.sessions[uid]; ok {
		old.close()
		delete(s.sessions, uid)
	}
}

// fingerprint tells configurations apart without keeping what is secret.
func fingerprint(cfg metal.Config) [sha256.Size]byte {
	h := sha256.New()
	for _, part := range []string{cfg.URL, string(cfg.CABundle), string(cfg.Type), string(cfg.HMACAuthType), cfg.Secret} {
		_ = binary.Write(h, binary.BigEndian, int64(len(part))) // A hash takes everything.
		_, _ = h.Write([]byte(part))
	}
	return [sha256.Size]byte(h.Sum(nil))
}
