//go:build envtest

package ordinaryday

import (
	"context"
	"path"
	"strings"
	"testing"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	ctrlconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/crossplane-contrib/provider-metal-stack/apis/metalstack/v1alpha1"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/config"
	controllers "github.com/crossplane-contrib/provider-metal-stack/internal/controller/kinds"
	"github.com/crossplane-contrib/provider-metal-stack/internal/controller/relation"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal"
	metalrest "github.com/crossplane-contrib/provider-metal-stack/internal/metal/rest"
	"github.com/crossplane-contrib/provider-metal-stack/internal/metal/snapshot"
	"github.com/crossplane-contrib/provider-metal-stack/internal/pace"
)

const (
	holdOff = 5 * time.Second
	poll    = 500 * time.Millisecond

	// patience with dozens of stories that allocate one after the other, on a machine
	// that others work on.
	patience = 2 * time.Minute
)

// A bench is two namespaces of the API server, a metal-api, and the controllers
// in between.
type bench struct {
	*server

	world world
	api   *metalAPI
	stack metal.Stack

	looks looks
}

// A world is what is there before a story begins.
type world struct {
	// namespace of the stories, and another one.
	namespace, elsewhere string

	// networks and projects by the name of their resource, with elsewhere/ before the name of
	// one that is there.
	networks map[string]string

	// ips likewise, of the network dmz.
	ips map[string]string
}

// newBench in namespaces of its own, with running controllers.
func (s *server) newBench(t *testing.T, namespace string) *bench {
	t.Helper()
	b := &bench{server: s, api: newMetalAPI(t), looks: looks{seen: s.seen}}
	b.world = world{namespace: namespace, elsewhere: namespace + "-elsewhere", networks: map[string]string{}, ips: map[string]string{}}
	for _, name := range []string{b.world.namespace, b.world.elsewhere} {
		err := s.kube.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
		if err != nil && !kerrors.IsAlreadyExists(err) {
			t.Fatal(err)
		}
	}
	var err error
	if b.stack, err = newStack(b.api.url); err != nil {
		t.Fatal(err)
	}
	b.configure(t)
	b.run(t)
	return b
}

func newStack(url string) (metal.Stack, error) {
	return metalrest.New(metal.Config{URL: url, Type: v1alpha1.CredentialsHMAC, HMACAuthType: v1alpha1.HMACAuthTypeAdmin, Secret: adminKey})
}

// Names of the configuration that a bench has beside the one without an object,
// for stories that break it.
const (
	configuration = "breakable"
	credentials   = "metal-api"
)

// configure a ProviderConfig that leads to the bench's metal-api.
func (b *bench) configure(t *testing.T) {
	t.Helper()
	in := metav1.ObjectMeta{Namespace: b.world.namespace}
	secret := &corev1.Secret{ObjectMeta: in, StringData: map[string]string{"hmac": adminKey}}
	secret.Name = credentials
	pc := &v1alpha1.ProviderConfig{ObjectMeta: in}
	pc.Name = configuration
	pc.Spec.URL = b.api.url
	pc.Spec.Credentials.SecretRef = v1alpha1.LocalSecretKey{Name: credentials, Key: "hmac"}
	data := &corev1.Secret{ObjectMeta: in, StringData: map[string]string{"one": "#cloud-config one", "two": "#cloud-config two"}}
	data.Name = "user-data"
	for _, o := range []client.Object{secret, pc, data} {
		if err := b.kube.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
}

// A connector leads what names a ProviderConfig through that, and everything
// else straight to the bench's metal-api.
type connector struct {
	*bench

	shared metal.Stack
	real   controller.Connector
}

// Connect to the bench's metal-api.
func (c connector) Connect(ctx context.Context, mg resource.ModernManaged) (*controller.Connection, error) {
	c.looks.begin(mg)
	if ref := mg.GetProviderConfigReference(); ref != nil && ref.Kind == v1alpha1.ProviderConfigKind {
		return c.real.Connect(ctx, mg)
	}
	return &controller.Connection{Stack: c.shared, ProviderConfigUID: "pc", Role: c.stack.Role}, nil
}

// run the controllers until the test ends.
func (b *bench) run(t *testing.T) {
	t.Helper()
	unnamed := true
	mgr, err := ctrl.NewManager(b.as("provider-metal-stack"), ctrl.Options{
		Scheme:                  b.scheme,
		NewClient:               b.looks.client,
		Client:                  client.Options{Cache: &client.CacheOptions{DisableFor: []client.Object{&corev1.Secret{}}}},
		Cache:                   cache.Options{DefaultNamespaces: map[string]cache.Config{b.world.namespace: {}, b.world.elsewhere: {}}},
		Controller:              ctrlconfig.Controller{SkipNameValidation: &unnamed},
		Metrics:                 metricsserver.Options{BindAddress: "0"},
		GracefulShutdownTimeout: new(controller.ShutdownTimeout),
	})
	if err != nil {
		t.Fatal(err)
	}
	o := xpcontroller.DefaultOptions()
	o.PollInterval = poll
	o.MaxConcurrentReconciles = 16
	o.GlobalRateLimiter = nil
	bells := &pace.Bells{}
	snapshots := snapshot.NewAll(t.Context(), snapshot.Options{Age: poll, Wake: func(kind snapshot.Kind, resource types.NamespacedName, _ bool) {
		bells.Of(string(kind)).Ring(resource, pace.Normal)
	}})
	stacks := config.NewStacks(func(uid types.UID, cfg metal.Config, _ config.Observer) (metal.Stack, error) {
		s, err := metalrest.New(cfg)
		if err != nil {
			return nil, err
		}
		return snapshots.Wrap(s, uid), nil
	})
	env := controller.Environment{
		Bells:     bells,
		Connector: connector{bench: b, shared: snapshots.Wrap(b.stack, "pc"), real: config.NewConnector(mgr.GetClient(), mgr.GetAPIReader(), stacks)},
		Finalizer: config.NewFinalizer(mgr.GetClient(), mgr.GetAPIReader(), resource.NewAPIFinalizer(mgr.GetClient(), managed.FinalizerName)),
		Relations: relation.New(mgr.GetClient(), within{mgr.GetAPIReader(), []string{b.world.namespace, b.world.elsewhere}}, controllers.Relations()),
		HoldOff:   holdOff,
		Metrics:   prometheus.NewRegistry(),
	}
	if err := controllers.Setup(mgr, o, env); err != nil {
		t.Fatal(err)
	}
	b.start(t, mgr)
}

// within some namespaces is all that the cache has, and all that there is to be read
// past it.
type within struct {
	client.Reader

	namespaces []string
}

// List what is there of metadata.
func (w within) List(ctx context.Context, l client.ObjectList, opts ...client.ListOption) error {
	all, ok := l.(*metav1.PartialObjectMetadataList)
	if !ok {
		return w.Reader.List(ctx, l, opts...)
	}
	var items []metav1.PartialObjectMetadata
	for _, namespace := range w.namespaces {
		if err := w.Reader.List(ctx, all, append(opts, client.InNamespace(namespace))...); err != nil {
			return err
		}
		items = append(items, all.Items...)
	}
	all.Items = items
	return nil
}

func (b *bench) start(t *testing.T, mgr manager.Manager) {
	t.Helper()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the controllers ended with %v", err)
		}
	})
}

// external network, as a Network that only looks.
func external(id, name string) change {
	return change{
		"spec.managementPolicies": list{"Observe"}, "spec.forProvider": object{}, "metadata.labels": object{"of": name},
		"metadata.annotations": object{meta.AnnotationKeyExternalName: id},
	}
}

// furnished with networks and projects.
func (b *bench) furnished(t *testing.T) *bench {
	t.Helper()
	b.projects(t)
	s := b.story(t, kinds()["Network"])
	made := map[string]*unstructured.Unstructured{}
	for name, c := range map[string]change{
		"private":            {"metadata.labels": object{"of": "private"}},
		"other":              {"metadata.labels": object{"of": "other"}},
		"shared":             {"metadata.labels": object{"of": "shared"}, "shared": true},
		"shared-other":       {"metadata.labels": object{"of": "shared-other"}, "shared": true},
		"composed":           {"metadata.labels": object{"of": "composed"}, "metadata.ownerReferences": composite},
		"composed-shared":    {"metadata.labels": object{"of": "composed-shared"}, "metadata.ownerReferences": composite, "shared": true},
		"external":           external(internet, "external"),
		"external-other":     external(dmz, "external-other"),
		"external-third":     external(third, "external-third"),
		"composed-external":  external(internet, "composed-external").with(change{"metadata.ownerReferences": composite}),
		"elsewhere/external": external(dmz, "external").with(change{"metadata.namespace": b.world.elsewhere}),
		"elsewhere/private":  {"metadata.namespace": b.world.elsewhere, "metadata.labels": object{"of": "private"}},
		"elsewhere/shared":   {"metadata.namespace": b.world.elsewhere, "metadata.labels": object{"of": "shared"}, "shared": true},
	} {
		made[name] = s.manifest(path.Base(name), c)
		s.create(made[name])
	}
	for name, o := range made {
		s.until(o, "it is ready", func() bool { return s.ready(o) })
		b.world.networks[name] = meta.GetExternalName(o)
	}
	return b
}

// addressed with IPs for those who refer to some: an IP is that of one machine at a
// time.
func (b *bench) addressed(t *testing.T) *bench {
	t.Helper()
	s, made := b.story(t, kinds()["IP"]), map[string]*unstructured.Unstructured{}
	for _, kind := range []string{"firewall", "machine"} {
		for _, name := range givenIPs() {
			name = path.Join(path.Dir(name), kind+"-"+path.Base(name))
			c := change{"networkID": dmz, "metadata.labels": object{"of": path.Base(name)}}
			if strings.HasPrefix(name, "elsewhere/") {
				c = c.with(change{"metadata.namespace": b.world.elsewhere})
			}
			if strings.HasSuffix(name, "composed") {
				c = c.with(change{"metadata.ownerReferences": composite})
			}
			made[name] = s.manifest(path.Base(name), c)
			s.create(made[name])
		}
	}
	for name, o := range made {
		s.until(o, "it is ready", func() bool { return s.ready(o) })
		b.world.ips[name] = meta.GetExternalName(o)
	}
	return b
}
