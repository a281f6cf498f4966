// Package lease knows whether this process leads, now. Kubernetes' leader election
// ends a process whose lease was not renewed in time; one that was stopped for a
// while, such as on a node that was suspended, goes on before it notices.
package lease

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// A Lock is a lock of leader election that remembers when it was written last.
type Lock struct {
	resourcelock.Interface

	patience time.Duration
	now      func() time.Time

	mu      sync.Mutex
	renewed time.Time
}

// New lock around another one. A lease that is older than patience is not trusted.
func New(inner resourcelock.Interface, patience time.Duration) *Lock {
	return &Lock{Interface: inner, patience: patience, now: time.Now}
}

// Create the lease.
func (l *Lock) Create(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return l.renewing(func() error { return l.Interface.Create(ctx, r) })
}

// Update the lease: it is taken, or renewed.
func (l *Lock) Update(ctx context.Context, r resourcelock.LeaderElectionRecord) error {
	return l.renewing(func() error { return l.Interface.Update(ctx, r) })
}

// Release the lease, if it is still this process's, so that another one need not
// wait until it has run out. Nothing may be under way any more.
func (l *Lock) Release(ctx context.Context) error {
	r, _, err := l.Get(ctx)
	if err != nil {
		return err
	}
	if r.HolderIdentity != l.Identity() {
		return nil
	}
	l.mu.Lock()
	l.renewed = time.Time{}
	l.mu.Unlock()
	now := metav1.NewTime(l.now())
	// As client-go releases one.
	return l.Interface.Update(ctx, resourcelock.LeaderElectionRecord{
		LeaderTransitions: r.LeaderTransitions, LeaseDurationSeconds: 1, AcquireTime: now, RenewTime: now,
	})
}

// renewing counts from before the write: others wait from then on.
func (l *Lock) renewing(write func() error) error {
	begun := l.now()
	if err := write(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.renewed = begun
	return nil
}

// Living is nil if the lease was renewed a short while ago.
func (l *Lock) Living() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.renewed.IsZero() {
		return errors.New("this process does not lead")
	}
	// A clock that counts on while the node is suspended, and one that nobody
	// sets back.
	now := l.now()
	if age := max(now.Sub(l.renewed), now.Round(0).Sub(l.renewed.Round(0))); age > l.patience {
		return fmt.Errorf("this process has not renewed its lease for more than %s, and another one may lead: it goes on when the lease is renewed", l.patience)
	}
	return nil
}
