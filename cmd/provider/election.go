package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/record"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/crossplane-contrib/provider-metal-stack/internal/lease"
)

const (
	leaderElectionID = "crossplane-leader-election-provider-metal-stack"

	// namespaceFile of a pod.
	namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

	// renewals that may be missed before nothing is changed at metal-stack.
	renewals = 3

	// releaseTimeout at the end of the process.
	releaseTimeout = 10 * time.Second
)

// Leases are longer than controller-runtime's, as Crossplane's own: under load
// shorter ones were seen to be lost.
func renewDeadline(f flags) time.Duration { return f.LeaseDuration * 5 / 6 }
func retryPeriod(f flags) time.Duration   { return f.LeaseDuration / 30 }

// An election of the one process that works. Nil if there is none.
type election struct {
	*lease.Lock

	events *announcer
}

// An announcer of who leads. It has its recorder when the manager is there.
type announcer struct{ record.EventRecorder }

// newElection, if there is to be one.
func newElection(f flags, cfg *rest.Config) (*election, error) {
	if !f.LeaderElection {
		return nil, nil
	}
	namespace := f.LeaderElectionNamespace
	if namespace == "" {
		in, err := os.ReadFile(namespaceFile)
		if err != nil {
			return nil, fmt.Errorf("cannot tell the namespace of the lease, set --leader-election-namespace: %w", err)
		}
		namespace = strings.TrimSpace(string(in))
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	events := &announcer{}
	lock, err := resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, namespace, leaderElectionID,
		resourcelock.ResourceLockConfig{Identity: host + "_" + string(uuid.NewUUID()), EventRecorder: events}, cfg, renewDeadline(f))
	if err != nil {
		return nil, err
	}
	return &election{Lock: lease.New(lock, renewals*retryPeriod(f)), events: events}, nil
}

// lock for a manager. An interface that holds nil would not be nil.
func (e *election) lock() resourcelock.Interface {
	if e == nil {
		return nil
	}
	return e.Lock
}

// record who leads.
func (e *election) record(mgr manager.Manager) {
	if e != nil {
		e.events.EventRecorder = mgr.GetEventRecorderFor(e.Identity()) //nolint:staticcheck // Leader election takes this one.
	}
}

// release the lease at the end of a process that has ended all of its work.
func (e *election) release() error {
	if e == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), releaseTimeout)
	defer cancel()
	return e.Release(ctx)
}

// leads is nil if this process may change something at metal-stack, now.
func (e *election) leads() error {
	if e == nil {
		return nil
	}
	return e.Living()
}
