package simulator

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"
)

// A mutex is metal-api's allocation mutex, one lock per partition. It lives in the database, so the unlock of a caller who
// has gone does not arrive: the lock stays until it has expired and the next sweep finds it.
type mutex struct {
	wait, expiry, every time.Duration

	mu    sync.Mutex
	locks map[string]*lock
}

type lock struct {
	expires time.Time
	free    chan struct{}
}

func newMutex(d Durations) *mutex {
	return &mutex{wait: d.MutexWait, expiry: d.MutexExpiry, every: d.MutexSweep, locks: map[string]*lock{}}
}

// try takes the lock, or returns the one that is in the way.
func (m *mutex) try(key string, expires time.Time) *lock {
	m.mu.Lock()
	defer m.mu.Unlock()
	if held := m.locks[key]; held != nil {
		return held
	}
	m.locks[key] = &lock{expires: expires, free: make(chan struct{})}
	return nil
}

func (m *mutex) lock(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, m.wait)
	defer cancel()
	for {
		held := m.try(key, time.Now().Add(m.expiry))
		if held == nil {
			return nil
		}
		select {
		case <-held.free:
		case <-ctx.Done():
			return errors.New("too many parallel machine allocations taking place, try again later")
		}
	}
}

func (m *mutex) unlock(ctx context.Context, key string) {
	if ctx.Err() == nil {
		m.release(key)
	}
}

func (m *mutex) release(key string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	held := m.locks[key]
	if held != nil {
		delete(m.locks, key)
		close(held.free)
	}
	return held != nil
}

func (m *mutex) sweep(ctx context.Context) {
	for pause(ctx, m.every) == nil {
		m.mu.Lock()
		locks := maps.Clone(m.locks)
		m.mu.Unlock()
		for key, l := range locks {
			if time.Now().After(l.expires) {
				m.release(key)
			}
		}
	}
}
