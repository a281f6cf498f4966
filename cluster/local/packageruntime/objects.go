package packageruntime

import (
	"context"
	"fmt"
	"slices"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	pkgv1 "github.com/crossplane/crossplane/apis/v2/pkg/v1"
	"github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	kerrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossplane-contrib/provider-metal-stack/cluster/local/pki"
)

// container is the one that core runs a package's program in, and that a
// DeploymentRuntimeConfig configures.
const container = "package-runtime"

func kindOf(pr pkgv1.PackageRevisionWithRuntime) schema.GroupVersionKind {
	if isFunction(pr) {
		return pkgv1.FunctionRevisionGroupVersionKind
	}
	return pkgv1.ProviderRevisionGroupVersionKind
}

func isFunction(pr pkgv1.PackageRevisionWithRuntime) bool {
	_, ok := pr.(*pkgv1.FunctionRevision)
	return ok
}

// parent names the package that a revision is of.
func parent(pr pkgv1.PackageRevisionWithRuntime) string {
	return pr.GetLabels()[pkgv1.LabelParentPackage]
}

func controllerOf(pr pkgv1.PackageRevisionWithRuntime) metav1.OwnerReference {
	return meta.AsController(meta.TypedReferenceTo(pr, kindOf(pr)))
}

// deployment makes the ServiceAccount and the Deployment that core would make.
// No controller acts on the Deployment here: it is where the program's
// arguments and environment are taken from, and where Crossplane's RBAC manager
// finds which ServiceAccount to give the provider's rights.
func (r *Runtime) deployment(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime, awaiting bool) (*appsv1.Deployment, error) {
	spec, err := r.runtimeConfig(ctx, pr)
	if err != nil {
		return nil, err
	}
	account := spec.Template.Spec.ServiceAccountName
	if account == "" {
		account = pr.GetName()
		sa := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{
			Namespace: r.opts.Namespace, Name: account, OwnerReferences: []metav1.OwnerReference{controllerOf(pr)},
		}}
		if err := r.kube.Create(ctx, sa); err != nil && !kerrors.IsAlreadyExists(err) {
			return nil, fmt.Errorf("cannot create the service account: %w", err)
		}
	}

	labels := map[string]string{pkgv1.LabelRevision: pr.GetName()}
	replicas := int32(1)
	if awaiting {
		replicas = 0
	}
	spec.Replicas = &replicas
	spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
	spec.Template.Labels = labels
	spec.Template.Spec.ServiceAccountName = account
	if len(spec.Template.Spec.Containers) == 0 {
		spec.Template.Spec.Containers = []corev1.Container{{Name: container}}
	}
	c := &spec.Template.Spec.Containers[0]
	c.Name, c.Image = container, pr.GetResolvedSource()

	d := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{
		Namespace: r.opts.Namespace, Name: pr.GetName(), OwnerReferences: []metav1.OwnerReference{controllerOf(pr)},
	}}
	err = r.kube.Get(ctx, client.ObjectKeyFromObject(d), d)
	switch {
	case kerrors.IsNotFound(err):
		d.Spec = *spec
		err = r.kube.Create(ctx, d)
	case err == nil && (*d.Spec.Replicas != replicas || d.Spec.Template.Spec.Containers[0].Image != c.Image):
		d.Spec = *spec
		err = r.kube.Update(ctx, d)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write the deployment: %w", err)
	}
	return d, nil
}

func (r *Runtime) deleteDeployment(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) error {
	d := &appsv1.Deployment{}
	err := r.kube.Get(ctx, client.ObjectKey{Namespace: r.opts.Namespace, Name: pr.GetName()}, d)
	if kerrors.IsNotFound(err) || (err == nil && !metav1.IsControlledBy(d, pr)) {
		return nil
	}
	if err == nil {
		err = client.IgnoreNotFound(r.kube.Delete(ctx, d))
	}
	if err != nil {
		return fmt.Errorf("cannot delete the deployment: %w", err)
	}
	return nil
}

// runtimeConfig returns what the package's DeploymentRuntimeConfig says. Core
// copies the reference to the revision for its own runtime only.
func (r *Runtime) runtimeConfig(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) (*appsv1.DeploymentSpec, error) {
	var pkg pkgv1.PackageWithRuntime = &pkgv1.Provider{}
	if isFunction(pr) {
		pkg = &pkgv1.Function{}
	}
	// A package that is uninstalled goes before its revisions.
	if err := client.IgnoreNotFound(r.kube.Get(ctx, client.ObjectKey{Name: parent(pr)}, pkg)); err != nil {
		return nil, fmt.Errorf("cannot get the package: %w", err)
	}
	ref := pkg.GetRuntimeConfigRef()
	if ref == nil {
		return &appsv1.DeploymentSpec{}, nil
	}
	rc := &v1beta1.DeploymentRuntimeConfig{}
	if err := r.kube.Get(ctx, client.ObjectKey{Name: ref.Name}, rc); err != nil {
		return nil, fmt.Errorf("cannot get the runtime config: %w", err)
	}
	if t := rc.Spec.DeploymentTemplate; t != nil && t.Spec != nil {
		return t.Spec.DeepCopy(), nil
	}
	return &appsv1.DeploymentSpec{}, nil
}

// secrets of a revision's program; client is nil for a function.
type secrets struct{ server, client *corev1.Secret }

// certificates makes the Secrets that core's own runtime would make, signed by
// core's authority. All revisions of a package share them.
func (r *Runtime) certificates(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime) (*secrets, error) {
	root := &corev1.Secret{}
	if err := r.kube.Get(ctx, client.ObjectKey{Namespace: r.opts.Namespace, Name: r.opts.RootCA}, root); err != nil {
		return nil, fmt.Errorf("cannot get Crossplane's certificate authority: %w", err)
	}
	ca, err := pki.Load(pki.Pair{Cert: root.Data[corev1.TLSCertKey], Key: root.Data[corev1.TLSPrivateKeyKey]})
	if err != nil {
		return nil, err
	}

	out := &secrets{}
	pkg := parent(pr)
	out.server, err = r.certificate(ctx, pr, *pkgv1.GetSecretNameWithSuffix(pkg, pkgv1.TLSServerSecretNameSuffix), ca.Cert(), func() (pki.Pair, error) {
		return ca.Server(pkg, pkg, pkg+"."+r.opts.Namespace, pkg+"."+r.opts.Namespace+".svc")
	})
	if err == nil && !isFunction(pr) {
		out.client, err = r.certificate(ctx, pr, *pkgv1.GetSecretNameWithSuffix(pkg, pkgv1.TLSClientSecretNameSuffix), ca.Cert(), func() (pki.Pair, error) {
			return ca.Client(pkg)
		})
	}
	return out, err
}

func (r *Runtime) certificate(ctx context.Context, pr pkgv1.PackageRevisionWithRuntime, name string, ca []byte, issue func() (pki.Pair, error)) (*corev1.Secret, error) {
	owner := meta.AsOwner(meta.TypedReferenceTo(pr, kindOf(pr)))
	s := &corev1.Secret{}
	err := r.kube.Get(ctx, client.ObjectKey{Namespace: r.opts.Namespace, Name: name}, s)
	switch {
	case kerrors.IsNotFound(err):
		var pair pki.Pair
		if pair, err = issue(); err != nil {
			return nil, err
		}
		s = &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: r.opts.Namespace, Name: name, OwnerReferences: []metav1.OwnerReference{owner}},
			Data:       map[string][]byte{corev1.TLSCertKey: pair.Cert, corev1.TLSPrivateKeyKey: pair.Key, "ca.crt": ca},
		}
		err = r.kube.Create(ctx, s)
	case err == nil && !slices.ContainsFunc(s.OwnerReferences, func(o metav1.OwnerReference) bool { return o.UID == pr.GetUID() }):
		// It must outlive the revision that it was made for.
		s.OwnerReferences = append(s.OwnerReferences, owner)
		err = r.kube.Update(ctx, s)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot write the certificate %s: %w", name, err)
	}
	return s, nil
}
