package config

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
)

var _ controller.Connector = &Connector{}

// A Connector connects managed resources to the metal-stack that their
// providerConfigRef names.
type Connector struct {
	kube   client.Reader
	live   client.Reader
	usages *tracker
	stacks *Stacks
}

// NewConnector returns one that reads configurations with kube (which must not
// cache Secrets) and, where it must not be late, with live.
func NewConnector(kube client.Client, live client.Reader, stacks *Stacks) *Connector {
	return &Connector{kube: kube, live: live, usages: &tracker{kube: kube}, stacks: stacks}
}

// Connect to the metal-stack of a managed resource. Unless the resource is
// being deleted, it counts as a user of the configuration from here on.
func (c *Connector) Connect(ctx context.Context, mg resource.ModernManaged) (*controller.Connection, error) {
	n, err := nameFor(mg)
	if err != nil {
		return nil, err
	}
	cfg, err := getConfig(ctx, c.kube, n)
	if err != nil {
		return nil, err
	}
	// Nothing is tracked while deleting: a namespace that is being deleted
	// takes no new objects, and the resource could never go.
	if !meta.WasDeleted(mg) {
		if err := c.track(ctx, mg, cfg); err != nil {
			return nil, err
		}
	}
	a, err := access(ctx, c.kube, cfg)
	if err != nil {
		return nil, err
	}
	s, err := c.stacks.session(cfg.GetUID(), a)
	if err != nil {
		return nil, errors.Wrap(err, cfg.name.String())
	}
	return &controller.Connection{Stack: s.stack, ProviderConfigUID: cfg.GetUID(), Role: s.Role}, nil
}

// track the usage of a configuration that is not being deleted. A configuration
// goes when a live read shows no usage; so it is read live after a usage was
// made: either the deletion sees the usage, or we see the deletion.
func (c *Connector) track(ctx context.Context, mg resource.ModernManaged, cfg *config) error {
	usage, err := c.usages.find(ctx, mg)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	fresh := kerrors.IsNotFound(err)
	if fresh && meta.WasDeleted(cfg) {
		return errors.Errorf(errBeingDeleted, cfg.name)
	}
	if err := c.usages.track(ctx, mg, usage); err != nil || !fresh {
		return err
	}
	now, err := getConfig(ctx, c.live, cfg.name)
	if err != nil {
		return err
	}
	if meta.WasDeleted(now) {
		return errors.Errorf(errBeingDeleted, cfg.name)
	}
	return nil
}
