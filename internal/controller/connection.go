package controller

import (
	"context"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

// A Connection to the metal-stack that a managed resource's providerConfigRef
// names.
type Connection struct {
	// Stack to talk to, with the credentials of the configuration.
	Stack metal.Stack

	// ProviderConfigUID is the uid of the configuration, for the marks.
	ProviderConfigUID types.UID

	// Role of the credentials, as the metal-stack says.
	Role func(ctx context.Context) (metal.Role, error)
}

// A Connector finds the configuration of a managed resource, counts the
// resource as one that uses it (unless it is being deleted), and connects to
// the metal-stack. Its errors name the configuration or the Secret and say what
// to do; they hold no secrets.
type Connector interface {
	Connect(ctx context.Context, mg resource.ModernManaged) (*Connection, error)
}
