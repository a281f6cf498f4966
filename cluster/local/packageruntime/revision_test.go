package packageruntime

import (
	"crypto/x509"
	"encoding/pem"
	"testing"

	xpapis "github.com/crossplane/crossplane/apis/v2"
	extv1alpha1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1alpha1"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	"github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
)

const (
	namespace = "crossplane-system"
	rootCA    = "root"
)

func newRuntime(t *testing.T, objects ...client.Object) *Runtime {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, xpapis.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	kube := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).Build()
	return &Runtime{opts: Options{Namespace: namespace, RootCA: rootCA}, kube: kube, programs: map[types.UID]*Program{}}
}

func revision(name string, change ...func(*pkgv1.ProviderRevision)) *pkgv1.ProviderRevision {
	pr := &pkgv1.ProviderRevision{ObjectMeta: metav1.ObjectMeta{
		Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{pkgv1.LabelParentPackage: "provider"},
	}}
	pr.Status.ResolvedPackage = "127.0.0.1:5000/org/provider:v1"
	for _, c := range change {
		c(pr)
	}
	return pr
}

func safeStart(pr *pkgv1.ProviderRevision) { pr.Status.Capabilities = []string{"safe-start"} }

func TestAwaitsActivation(t *testing.T) {
	t.Parallel()
	definition := func(name, owner string, state extv1alpha1.ManagedResourceDefinitionState) client.Object {
		controller := true
		d := &extv1alpha1.ManagedResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: []metav1.OwnerReference{{
			Kind: "ProviderRevision", Name: owner, UID: types.UID("uid-" + owner), Controller: &controller,
		}}}}
		d.Spec.State = state
		return d
	}
	cases := map[string]struct {
		reason      string
		revision    *pkgv1.ProviderRevision
		definitions []client.Object
		want        bool
	}{
		"NoSafeStart": {
			reason:      "A provider that does not declare safe-start is started at once.",
			revision:    revision("a"),
			definitions: []client.Object{definition("networks", "a", extv1alpha1.ManagedResourceDefinitionInactive)},
		},
		"NoneActive": {
			reason:   "Without an active resource there is nothing to do for it.",
			revision: revision("a", safeStart),
			definitions: []client.Object{
				definition("networks", "a", extv1alpha1.ManagedResourceDefinitionInactive),
				definition("others", "b", extv1alpha1.ManagedResourceDefinitionActive),
			},
			want: true,
		},
		"OneActive": {
			reason:   "The first active resource starts it.",
			revision: revision("a", safeStart),
			definitions: []client.Object{
				definition("networks", "a", extv1alpha1.ManagedResourceDefinitionActive),
				definition("firewalls", "a", extv1alpha1.ManagedResourceDefinitionInactive),
			},
		},
		"OnceActive": {
			reason:      "What has been started is not taken down again.",
			revision:    revision("a", safeStart, func(pr *pkgv1.ProviderRevision) { pr.SetConditions(pkgv1.RuntimeActive()) }),
			definitions: []client.Object{definition("networks", "a", extv1alpha1.ManagedResourceDefinitionInactive)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := newRuntime(t, tc.definitions...).awaitsActivation(t.Context(), tc.revision)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("\n%s\nawaitsActivation: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDeployment(t *testing.T) {
	t.Parallel()
	pkg := &pkgv1.Provider{ObjectMeta: metav1.ObjectMeta{Name: "provider"}}
	pkg.Spec.RuntimeConfigReference = &pkgv1.RuntimeConfigReference{Name: "config"}
	config := &v1beta1.DeploymentRuntimeConfig{ObjectMeta: metav1.ObjectMeta{Name: "config"}}
	config.Spec.DeploymentTemplate = &v1beta1.DeploymentTemplate{Spec: &appsv1.DeploymentSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
		Containers: []corev1.Container{{Name: container, Args: []string{"--debug"}}},
	}}}}
	r, pr := newRuntime(t, pkg, config), revision("a")

	for _, step := range []struct {
		reason   string
		awaiting bool
		replicas int32
	}{
		{reason: "While a provider waits for activation its Deployment says so.", awaiting: true, replicas: 0},
		{reason: "Then it says that the program runs.", replicas: 1},
	} {
		d, err := r.deployment(t.Context(), pr, step.awaiting)
		if err != nil {
			t.Fatal(err)
		}
		c := d.Spec.Template.Spec.Containers[0]
		if diff := cmp.Diff(step.replicas, *d.Spec.Replicas); diff != "" {
			t.Errorf("\n%s\nreplicas: -want, +got:\n%s", step.reason, diff)
		}
		if diff := cmp.Diff([]string{"--debug"}, c.Args); diff != "" {
			t.Errorf("\n%s\narguments: -want, +got:\n%s", step.reason, diff)
		}
		if diff := cmp.Diff(pr.Status.ResolvedPackage, c.Image); diff != "" {
			t.Errorf("\n%s\nimage: -want, +got:\n%s", step.reason, diff)
		}
		if !metav1.IsControlledBy(d, pr) {
			t.Errorf("\n%s\nthe revision does not control it, and the RBAC manager would not find it", step.reason)
		}
		account := client.ObjectKey{Namespace: namespace, Name: d.Spec.Template.Spec.ServiceAccountName}
		if err := r.kube.Get(t.Context(), account, &corev1.ServiceAccount{}); err != nil {
			t.Errorf("\n%s\nits service account: %v", step.reason, err)
		}
	}
}

func TestDeactivate(t *testing.T) {
	t.Parallel()
	old, other := revision("old"), revision("other")
	mine := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "old", OwnerReferences: []metav1.OwnerReference{controllerOf(old)}}}
	foreign := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "other"}}
	r := newRuntime(t, mine, foreign)
	for _, pr := range []*pkgv1.ProviderRevision{old, other} {
		if err := r.deleteDeployment(t.Context(), pr); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.kube.Get(t.Context(), client.ObjectKeyFromObject(mine), mine); !kerrors.IsNotFound(err) {
		t.Errorf("an inactive revision's Deployment: got %v, want it gone", err)
	}
	if err := r.kube.Get(t.Context(), client.ObjectKeyFromObject(foreign), foreign); err != nil {
		t.Errorf("somebody else's Deployment of the revision's name: %v", err)
	}
}

func TestCertificates(t *testing.T) {
	t.Parallel()
	ca, err := pki.NewAuthority("root")
	if err != nil {
		t.Fatal(err)
	}
	r := newRuntime(t, &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: rootCA},
		Data:       map[string][]byte{corev1.TLSCertKey: ca.Cert(), corev1.TLSPrivateKeyKey: ca.Key()},
	})

	first, err := r.certificates(t.Context(), revision("a"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(first.server.Data["ca.crt"])
	block, _ := pem.Decode(first.server.Data[corev1.TLSCertKey])
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: "localhost"}); err != nil {
		t.Errorf("the server's certificate: %v", err)
	}

	second, err := r.certificates(t.Context(), revision("b"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.client.Data, second.client.Data); diff != "" {
		t.Errorf("revisions of one package share their certificates: -first, +second:\n%s", diff)
	}
	owners := []string{}
	for _, o := range second.server.OwnerReferences {
		owners = append(owners, o.Name)
	}
	if diff := cmp.Diff([]string{"a", "b"}, owners); diff != "" {
		t.Errorf("the certificate must outlive the first revision: owners: -want, +got:\n%s", diff)
	}

	function := &pkgv1.FunctionRevision{ObjectMeta: metav1.ObjectMeta{Name: "f", UID: "f", Labels: map[string]string{pkgv1.LabelParentPackage: "function"}}}
	got, err := r.certificates(t.Context(), function)
	if err != nil {
		t.Fatal(err)
	}
	if got.client != nil {
		t.Error("a function calls nobody: want no client certificate")
	}
}
