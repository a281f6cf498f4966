package config

import (
	"context"
	"sync"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	kscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
)

const team = "team-a"

// cluster is an API server's stand-in that holds these objects.
func cluster(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{kscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	return fake.NewClientBuilder().
		WithScheme(s).
		WithStatusSubresource(&v1alpha1.ProviderConfig{}, &v1alpha1.ClusterProviderConfig{}).
		WithObjects(objects...).
		Build()
}

// copies of objects that parallel tests share: a cluster writes to what it is
// given.
func copies(of []client.Object) []client.Object {
	out := make([]client.Object, 0, len(of)+1)
	for _, o := range of {
		out = append(out, o.DeepCopyObject().(client.Object))
	}
	return out
}

// writes counts what a client writes.
func writes(c client.WithWatch) (client.WithWatch, *int) {
	n := 0
	return interceptor.NewClient(c, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			n++
			return c.Create(ctx, o, opts...)
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			n++
			return c.Update(ctx, o, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			n++
			return c.Patch(ctx, o, p, opts...)
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
			n++
			return c.SubResource(sub).Update(ctx, o, opts...)
		},
	}), &n
}

func secret(namespace, n, key, value string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: n},
		Data:       map[string][]byte{key: []byte(value)},
	}
}

type change func(*v1alpha1.ProviderConfig)

func providerConfig(changes ...change) *v1alpha1.ProviderConfig {
	pc := &v1alpha1.ProviderConfig{
		ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "metal", UID: "pc-uid", Generation: 1},
		Spec: v1alpha1.ProviderConfigSpec{
			ConnectionSpec: v1alpha1.ConnectionSpec{URL: "https://api.example.org/metal"},
			Credentials:    v1alpha1.Credentials{SecretRef: v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"}},
		},
	}
	for _, c := range changes {
		c(pc)
	}
	return pc
}

func clusterProviderConfig() *v1alpha1.ClusterProviderConfig {
	return &v1alpha1.ClusterProviderConfig{
		ObjectMeta: metav1.ObjectMeta{Name: "metal", UID: "cpc-uid", Generation: 1},
		Spec: v1alpha1.ClusterProviderConfigSpec{
			ConnectionSpec: v1alpha1.ConnectionSpec{URL: "https://api.example.org/metal"},
			Credentials: v1alpha1.ClusterCredentials{SecretRef: v1alpha1.SecretKey{
				Namespace: "platform", LocalSecretKey: v1alpha1.LocalSecretKey{Name: "metal-api", Key: "hmac"},
			}},
		},
	}
}

func network(kind, config string) *v1alpha1.Network {
	n := &v1alpha1.Network{ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "net", UID: "net-uid"}}
	n.Spec.ProviderConfigReference = &xpv2.ProviderConfigReference{Kind: kind, Name: config}
	return n
}

func usage(kind, config string) *v1alpha1.ProviderConfigUsage {
	yes := true
	return &v1alpha1.ProviderConfigUsage{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: team, Name: "net-uid", Finalizers: []string{InUse},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: v1alpha1.NetworkKind, Name: "net", UID: "net-uid", Controller: &yes,
			}},
		},
		TypedProviderConfigUsage: xpv2.TypedProviderConfigUsage{
			ProviderConfigReference: xpv2.ProviderConfigReference{Kind: kind, Name: config},
			ResourceReference: xpv2.TypedReference{
				APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: v1alpha1.NetworkKind, Name: "net", UID: "net-uid",
			},
		},
	}
}

// deleted objects wait for a finalizer.
func deleted[T client.Object](o T, finalizer string) T {
	now := metav1.Now()
	o.SetDeletionTimestamp(&now)
	o.SetFinalizers([]string{finalizer})
	return o
}

// A metalStack as one user sees it, without a wire.
type metalStack struct {
	metal.Stack

	mu     sync.Mutex
	cfg    metal.Config
	role   metal.Role
	err    error
	asked  int
	closed bool
	tell   Observer
}

func (m *metalStack) Role(context.Context) (metal.Role, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	return m.role, m.err
}

func (m *metalStack) Version(context.Context) (string, error) { return "v0.44.1", nil }

func (m *metalStack) Close() error { m.closed = true; return nil }

// stacksOf admins, and all that were made.
func stacksOf(role metal.Role, err error) (*Stacks, *[]*metalStack) {
	made := &[]*metalStack{}
	return NewStacks(func(_ types.UID, cfg metal.Config, observe Observer) (metal.Stack, error) {
		m := &metalStack{cfg: cfg, role: role, err: err, tell: observe}
		*made = append(*made, m)
		return m, nil
	}), made
}

// events that were recorded.
type events struct{ messages []string }

func (e *events) Event(_ runtime.Object, ev event.Event) {
	e.messages = append(e.messages, string(ev.Type)+" "+string(ev.Reason)+": "+ev.Message)
}

func (e *events) WithAnnotations(...string) event.Recorder { return e }

func get[T client.Object](t *testing.T, c client.Client, o T, key types.NamespacedName) T {
	t.Helper()
	if err := c.Get(t.Context(), key, o); err != nil {
		t.Fatal(err)
	}
	return o
}

func key(namespace, n string) types.NamespacedName {
	return types.NamespacedName{Namespace: namespace, Name: n}
}
