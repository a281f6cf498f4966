package simulator

import (
	"context"
	"errors"
	"fmt"
	"time"

	goipam "github.com/metal-stack/go-ipam"
)

// An ipam is go-ipam behind the words of its gRPC service, through which metal-api uses it.
type ipam struct {
	goipam.Ipamer

	latency time.Duration // of a change
	leases  leases
}

// An ipamError is an error of the service: its code is part of the message that reaches the users of metal-api.
type ipamError struct {
	code string
	err  error
}

func (e *ipamError) Error() string { return e.code + ": " + e.err.Error() }
func (e *ipamError) Unwrap() error { return e.err }

// postgres lends the in-memory storage the words and ways of the one that metal-stack runs.
type postgres struct{ goipam.Storage }

func (p postgres) ReadPrefix(ctx context.Context, prefix, namespace string) (goipam.Prefix, error) {
	found, err := p.Storage.ReadPrefix(ctx, prefix, namespace)
	if errors.Is(err, goipam.ErrNotFound) {
		return found, fmt.Errorf("%w prefix:%s not found:sql: no rows in result set", goipam.ErrNotFound, prefix)
	}
	return found, err
}

// CreatePrefix takes a prefix that is there already for the one to be created.
func (p postgres) CreatePrefix(ctx context.Context, prefix goipam.Prefix, namespace string) (goipam.Prefix, error) {
	if there, err := p.Storage.ReadPrefix(ctx, prefix.Cidr, namespace); err == nil {
		return there, nil
	}
	return p.Storage.CreatePrefix(ctx, prefix, namespace)
}

func newIPAM(latency time.Duration) *ipam {
	storage := postgres{goipam.NewMemory(context.Background())}
	return &ipam{Ipamer: goipam.NewWithStorage(storage), latency: latency, leases: leases{of: map[string]string{}, lost: map[string]string{}}}
}

// begin is the way of a change to the service: a caller that is gone does not get there.
func (i *ipam) begin(ctx context.Context) error {
	return serviceError(pause(ctx, i.latency))
}

func serviceError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return &ipamError{code: "canceled", err: err}
	case errors.Is(err, goipam.ErrNotFound):
		return &ipamError{code: "not_found", err: err}
	}
	return &ipamError{code: "invalid_argument", err: err}
}

func (i *ipam) createPrefix(ctx context.Context, cidr string) error {
	err := i.begin(ctx)
	if err == nil {
		_, err = i.NewPrefix(ctx, cidr)
		err = serviceError(err)
	}
	if err != nil {
		return fmt.Errorf("cannot create prefix %s in ipam: %w", cidr, err)
	}
	return nil
}

func (i *ipam) deletePrefix(ctx context.Context, cidr string) error {
	if err := i.begin(ctx); err != nil {
		return err
	}
	_, err := i.DeletePrefix(ctx, cidr)
	return serviceError(err)
}

// acquireChild for a network.
func (i *ipam) acquireChild(ctx context.Context, parent string, length uint8, network string) (string, error) {
	err := i.begin(ctx)
	if err != nil {
		return "", fmt.Errorf("error creating new prefix from:%s in ipam: %w", parent, err)
	}
	i.leases.mu.Lock()
	defer i.leases.mu.Unlock()
	child, err := i.AcquireChildPrefix(ctx, parent, length)
	if err != nil {
		// The service knows no other code here, not even for a missing parent.
		return "", fmt.Errorf("error creating new prefix from:%s in ipam: %w", parent, &ipamError{code: "invalid_argument", err: err})
	}
	i.leases.of[child.Cidr] = network
	return child.Cidr, nil
}

// releaseChild of a network, and say which other network it was taken from, if it was: IPAM does not ask.
func (i *ipam) releaseChild(ctx context.Context, cidr, network string) (string, error) {
	err := i.begin(ctx)
	i.leases.mu.Lock()
	defer i.leases.mu.Unlock()
	if err == nil {
		err = i.releaseNow(ctx, cidr)
	}
	if err != nil {
		return "", fmt.Errorf("error releasing child prefix in ipam: %w", err)
	}
	from := i.leases.of[cidr]
	delete(i.leases.of, cidr)
	if from == network {
		from = ""
	}
	return from, nil
}

func (i *ipam) releaseNow(ctx context.Context, cidr string) error {
	child, err := i.PrefixFrom(ctx, cidr)
	if err != nil {
		return serviceError(err)
	}
	if err := i.ReleaseChildPrefix(ctx, child); err != nil {
		// Here the service answers invalid_argument whatever it was.
		return &ipamError{code: "invalid_argument", err: err}
	}
	return nil
}

// acquireIP takes the address, or the next free one when it is empty.
func (i *ipam) acquireIP(ctx context.Context, prefix, address string) (string, error) {
	err := i.begin(ctx)
	if err == nil {
		var ip *goipam.IP
		if ip, err = i.AcquireSpecificIP(ctx, prefix, address); err == nil {
			return ip.IP.String(), nil
		}
		err = &ipamError{code: "invalid_argument", err: err}
	}
	return "", fmt.Errorf("cannot acquire ip from %s in ipam: %w", prefix, err)
}

// releaseIP gives an address back; one that is free already is no error.
func (i *ipam) releaseIP(ctx context.Context, prefix, address string) error {
	err := i.begin(ctx)
	if err == nil {
		err = serviceError(i.ReleaseIPFromPrefix(ctx, prefix, address))
	}
	if err == nil || errors.Is(err, goipam.ErrNotFound) {
		return nil
	}
	return fmt.Errorf("cannot release ip %s to %s in ipam: %w", address, prefix, err)
}

// usage of a prefix. metal-api cannot answer for a network without it.
func (i *ipam) usage(ctx context.Context, cidr string) (goipam.Usage, error) {
	err := ctx.Err()
	if err == nil {
		var p *goipam.Prefix
		if p, err = i.PrefixFrom(ctx, cidr); err == nil {
			return p.Usage(), nil
		}
	}
	return goipam.Usage{}, fmt.Errorf("prefix usage for cidr:%s not found %w", cidr, serviceError(err))
}

// pause waits, or returns the reason why the caller has gone.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
