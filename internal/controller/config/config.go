package config

import (
	"context"
	"fmt"

	"github.com/crossplane/crossplane-runtime/v2/pkg/errors"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
)

const (
	errNoReference  = "spec.providerConfigRef is missing: name a ProviderConfig of this namespace or a ClusterProviderConfig"
	errUnknownKind  = "spec.providerConfigRef.kind %q is not known: use ProviderConfig or ClusterProviderConfig"
	errNoConfig     = "%s does not exist: create it"
	errGetConfig    = "cannot get %s"
	errBeingDeleted = "%s is being deleted: nothing new is made with it, create it anew when it is gone"
)

// A name of a configuration: its kind, and its namespace where it has one.
type name struct {
	types.NamespacedName

	kind string
}

// String is how people name it.
func (n name) String() string {
	if n.Namespace == "" {
		return n.kind + " " + n.Name
	}
	return n.kind + " " + n.Namespace + "/" + n.Name
}

// named is the name in a reference that stands in that namespace.
func named(kind, namespace, n string) name {
	if kind == v1alpha1.ClusterProviderConfigKind {
		namespace = ""
	}
	return name{kind: kind, NamespacedName: types.NamespacedName{Namespace: namespace, Name: n}}
}

// nameFor is the name of the configuration that a managed resource refers to.
func nameFor(mg resource.ModernManaged) (name, error) {
	ref := mg.GetProviderConfigReference()
	if ref == nil || ref.Name == "" {
		return name{}, errors.New(errNoReference)
	}
	switch ref.Kind {
	case v1alpha1.ProviderConfigKind, v1alpha1.ClusterProviderConfigKind:
		return named(ref.Kind, mg.GetNamespace(), ref.Name), nil
	default:
		return name{}, errors.Errorf(errUnknownKind, ref.Kind)
	}
}

// A config is what a ProviderConfig and a ClusterProviderConfig have in common.
type config struct {
	// Object is the configuration itself; status is a part of it.
	client.Object

	name        name
	connection  v1alpha1.ConnectionSpec
	credentials v1alpha1.CredentialsKind
	secret      types.NamespacedName
	key         string
	status      *v1alpha1.ProviderConfigStatus
}

// A configuration's Secret is in its own namespace, if it has one: there is no
// field with which it could name another.
func ofNamespace(pc *v1alpha1.ProviderConfig) *config {
	ref := pc.Spec.Credentials.SecretRef
	return &config{
		Object:      pc,
		name:        named(v1alpha1.ProviderConfigKind, pc.Namespace, pc.Name),
		connection:  pc.Spec.ConnectionSpec,
		credentials: pc.Spec.Credentials.CredentialsKind,
		secret:      types.NamespacedName{Namespace: pc.Namespace, Name: ref.Name},
		key:         ref.Key,
		status:      &pc.Status,
	}
}

func ofCluster(pc *v1alpha1.ClusterProviderConfig) *config {
	ref := pc.Spec.Credentials.SecretRef
	return &config{
		Object:      pc,
		name:        named(v1alpha1.ClusterProviderConfigKind, "", pc.Name),
		connection:  pc.Spec.ConnectionSpec,
		credentials: pc.Spec.Credentials.CredentialsKind,
		secret:      types.NamespacedName{Namespace: ref.Namespace, Name: ref.Name},
		key:         ref.Key,
		status:      &pc.Status,
	}
}

// configOf an object, or nil if it is of neither kind.
func configOf(o client.Object) *config {
	switch pc := o.(type) {
	case *v1alpha1.ProviderConfig:
		return ofNamespace(pc)
	case *v1alpha1.ClusterProviderConfig:
		return ofCluster(pc)
	default:
		return nil
	}
}

// getConfig of that name, which must be of one of the two kinds.
func getConfig(ctx context.Context, from client.Reader, n name) (*config, error) {
	var o client.Object = &v1alpha1.ProviderConfig{}
	if n.kind == v1alpha1.ClusterProviderConfigKind {
		o = &v1alpha1.ClusterProviderConfig{}
	}
	if err := from.Get(ctx, n.NamespacedName, o); err != nil {
		if kerrors.IsNotFound(err) {
			return nil, notFoundError{error: fmt.Errorf(errNoConfig, n), cause: err}
		}
		return nil, errors.Wrapf(err, errGetConfig, n)
	}
	return configOf(o), nil
}

// A notFoundError says it in our words; its cause tells programs.
type notFoundError struct {
	error

	cause error
}

// Unwrap the API server's answer.
func (e notFoundError) Unwrap() error { return e.cause }

// listConfigs of both kinds.
func listConfigs(ctx context.Context, from client.Reader) ([]*config, error) {
	namespaced := &v1alpha1.ProviderConfigList{}
	if err := from.List(ctx, namespaced); err != nil {
		return nil, errors.Wrap(err, "cannot list ProviderConfigs")
	}
	clustered := &v1alpha1.ClusterProviderConfigList{}
	if err := from.List(ctx, clustered); err != nil {
		return nil, errors.Wrap(err, "cannot list ClusterProviderConfigs")
	}
	all := make([]*config, 0, len(namespaced.Items)+len(clustered.Items))
	for i := range namespaced.Items {
		all = append(all, ofNamespace(&namespaced.Items[i]))
	}
	for i := range clustered.Items {
		all = append(all, ofCluster(&clustered.Items[i]))
	}
	return all, nil
}
