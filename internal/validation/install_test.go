package validation

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	pkgmetav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	pkgv1beta1 "github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/crossplane-contrib/provider-metal-stack/internal/controller"
)

// installed decodes the example of that name below examples/install.
func installed[T any](t *testing.T, name string) *T {
	t.Helper()
	all := examples(t)
	i := slices.IndexFunc(all, func(e example) bool { return e.name == "install/"+name })
	if i < 0 {
		t.Fatalf("there is no examples/install/%s", name)
	}
	o := new(T)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(all[i].objects(t)[0].Object, o); err != nil {
		t.Fatal(err)
	}
	return o
}

// The Deployment of the provider lets a create come to its end, has one leader,
// and keeps to the Pod Security Standard "restricted".
func TestInstall(t *testing.T) {
	t.Parallel()
	drc := installed[pkgv1beta1.DeploymentRuntimeConfig](t, "deploymentruntimeconfig.yaml")
	p := installed[pkgv1.Provider](t, "provider.yaml")
	uses(t, p.Spec.RuntimeConfigReference, drc)

	spec := drc.Spec.DeploymentTemplate.Spec
	pod := spec.Template.Spec
	c := restricted(t, &pod)

	if grace := time.Duration(ptr.Deref(pod.TerminationGracePeriodSeconds, 0)) * time.Second; grace <= controller.ShutdownTimeout {
		t.Errorf("the pod is killed after %s, and a create may take %s", grace, controller.ShutdownTimeout)
	}
	if ptr.Deref(spec.Replicas, 1) > 1 && !slices.Contains(c.Args, "--leader-election") {
		t.Error("several replicas work at the same time: there is no leader election")
	}
	for _, a := range c.Args {
		// cmd/provider's tests hold the flags themselves.
		if !strings.HasPrefix(a, "--") {
			t.Errorf("%q is no flag", a)
		}
	}
	for name, probe := range map[string]*corev1.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != name || probe.HTTPGet.Port.StrVal != c.Ports[0].Name {
			t.Errorf("there is no probe of %s", name)
		}
	}
	if grace := ptr.Deref(c.LivenessProbe.TerminationGracePeriodSeconds, 150); grace > 10 {
		t.Errorf("a pod that hangs lives on for %d s", grace)
	}
}

// The Function is the one that the Configuration wants, by the name that
// Crossplane would give it, and keeps to "restricted" as well.
func TestInstallFunction(t *testing.T) {
	t.Parallel()
	drc := installed[pkgv1beta1.DeploymentRuntimeConfig](t, "deploymentruntimeconfig-function.yaml")
	f := installed[pkgv1.Function](t, "function.yaml")
	uses(t, f.Spec.RuntimeConfigReference, drc)
	restricted(t, &drc.Spec.DeploymentTemplate.Spec.Template.Spec)

	b, err := os.ReadFile(filepath.Join(root, "package", "xcluster", "crossplane.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	meta := &pkgmetav1.Configuration{}
	if err := yaml.UnmarshalStrict(b, meta); err != nil {
		t.Fatal(err)
	}
	source, _, _ := strings.Cut(f.Spec.Package, ":")
	if !slices.ContainsFunc(meta.Spec.DependsOn, func(d pkgmetav1.Dependency) bool {
		return ptr.Deref(d.Kind, "") == pkgv1.FunctionKind && ptr.Deref(d.Package, "") == source
	}) {
		t.Errorf("the Configuration does not depend on %s", source)
	}
	_, name, _ := strings.Cut(source, "/")
	if want := strings.ReplaceAll(name, "/", "-"); f.GetName() != want {
		t.Errorf("Crossplane would call it %s, and it is called %s: there would be two", want, f.GetName())
	}
}

// uses says that a package is run as a DeploymentRuntimeConfig says.
func uses(t *testing.T, ref *pkgv1.RuntimeConfigReference, drc *pkgv1beta1.DeploymentRuntimeConfig) {
	t.Helper()
	if ref == nil || ref.Name != drc.GetName() {
		t.Errorf("the package does not use the DeploymentRuntimeConfig: %v", ref)
	}
}

// restricted is the container of a pod under the Pod Security Standard
// "restricted", which has requests and limits.
func restricted(t *testing.T, pod *corev1.PodSpec) corev1.Container {
	t.Helper()
	if len(pod.Containers) != 1 || pod.Containers[0].Name != "package-runtime" {
		t.Fatal("Crossplane's container is not the one that is configured")
	}
	c := pod.Containers[0]
	if c.Resources.Requests.Memory().IsZero() || c.Resources.Requests.Cpu().IsZero() || c.Resources.Limits.Memory().IsZero() {
		t.Error("requests or limits are missing")
	}
	sc, psc := c.SecurityContext, pod.SecurityContext
	switch {
	case sc == nil || psc == nil:
		t.Error("there is no security context")
	case ptr.Deref(sc.AllowPrivilegeEscalation, true), !ptr.Deref(sc.RunAsNonRoot, false), !ptr.Deref(psc.RunAsNonRoot, false),
		ptr.Deref(sc.RunAsUser, 0) == 0, ptr.Deref(psc.RunAsUser, 0) == 0,
		!ptr.Deref(sc.ReadOnlyRootFilesystem, false),
		sc.Capabilities == nil || !slices.Contains(sc.Capabilities.Drop, "ALL"),
		psc.SeccompProfile == nil || psc.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault:
		t.Error("the security context is not restricted")
	}
	return c
}
